"""`import dbt_baton` loads no library, because dbt imports every module named `dbt_*` at each command; names load on use."""

from __future__ import annotations

import ast
import json
import subprocess
import sys

import pytest

import dbt_baton

HEAVY = {"duckdb", "numpy", "pandas", "polars", "pyarrow", "scipy", "sklearn", "skops"}


def modules_after(code: str) -> set[str]:
    """The modules that a fresh Python has loaded, by their first name."""
    code += "\nimport json, sys\nprint(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(json.loads(ran.stdout))


def test_importing_the_package_loads_no_library():
    loaded = modules_after("import dbt_baton; dir(dbt_baton); hasattr(dbt_baton, 'plugins')")
    assert loaded & HEAVY == set()
    # to prove that the check above names modules that would be loaded
    assert modules_after("import dbt_baton; dbt_baton.train") >= {"numpy", "pyarrow", "sklearn"}


def test_what_dbt_does_with_it_at_each_command_loads_no_library():
    loaded = modules_after(
        "from dbt.plugins.manager import PluginManager; PluginManager.from_modules('shop')\n"
        "assert 'dbt_baton' in PluginManager.get_prefixed_modules()"
    )
    assert loaded & {"sklearn", "skops", "pyarrow"} == set()


def test_every_public_name_is_there_and_says_the_same_to_a_type_checker():
    for name in dbt_baton.__all__:
        value = getattr(dbt_baton, name)
        assert name in dir(dbt_baton)
        assert getattr(value, "__module__", "dbt_baton").startswith("dbt_baton")
    with open(dbt_baton.__file__) as source:
        tree = ast.parse(source.read())
    seen_by_mypy = {
        alias.name: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen_by_mypy == {name: f"dbt_baton.{module}" for name, module in dbt_baton._MODULE_OF.items()}
    assert set(dbt_baton._MODULE_OF) == set(dbt_baton.__all__)


def test_a_name_that_is_not_there_is_an_import_error_that_names_it():
    with pytest.raises(ImportError, match="cannot import name 'trian' from 'dbt_baton'"):
        from dbt_baton import trian  # noqa: F401
    with pytest.raises(AttributeError, match="module 'dbt_baton' has no attribute 'trian'"):
        _ = dbt_baton.trian

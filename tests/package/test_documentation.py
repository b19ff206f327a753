"""The package's documentation: the yml of every macro, its version, and no warning from dbt."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment, nodes

import areas
from bench import BATON, Project

FILES = sorted((BATON / "macros").rglob("*.sql"))
YMLS = sorted((BATON / "macros").rglob("*.yml"))
ADAPTERS = (
    "default",
    "duckdb",
    "postgres",
    "redshift",
    "snowflake",
    "bigquery",
    "databricks",
    "spark",
    "trino",
)
TYPE = re.compile(r"^(string|bool|integer|float|any|relation|column|(list|optional)\[.+\]|dict\[.+, .+\])$")


def macros_of(path: Path) -> dict[str, list[str]]:
    """Name and arguments of every macro in the file, as dbt calls those of generic tests and materializations."""
    environment = Environment(extensions=["jinja2.ext.do"])
    text = re.sub(
        r"\{%-?\s*materialization\s+(\w+).*?%\}",
        r"{% macro materialization_\1_default() %}",
        path.read_text(),
    )
    text = re.sub(r"\{%-?\s*endmaterialization.*?%\}", "{% endmacro %}", text)
    text = re.sub(r"\{%(-?)\s*test\s+", r"{%\1 macro test_", text)
    text = re.sub(r"\{%(-?)\s*endtest\s*", r"{%\1 endmacro ", text)
    tree = environment.parse(text)
    return {macro.name: [argument.name for argument in macro.args] for macro in tree.find_all(nodes.Macro)}


def public(name: str) -> bool:
    return not name.startswith("_") and not name.startswith(tuple(f"{adapter}__" for adapter in ADAPTERS))


def documented(folder: Path) -> dict[str, dict[str, Any]]:
    """The entries of an area. What a helper takes is a comment, `# name (type): description`, since dbt would read it for nobody."""
    entries: dict[str, dict[str, Any]] = {}
    for path in folder.glob("_*.yml"):
        text = path.read_text()
        for entry in yaml.safe_load(text).get("macros", []):
            entries[entry["name"]] = entry
        for part in re.split(r"(?m)^(?=  - name: )", text)[1:]:
            takes = re.findall(r"(?m)^    # (\w+) \((\S.*?)\): (.+)$", part)
            if takes:
                name = re.findall(r"\w+", part)[1]
                entries[name]["arguments"] = [{"name": n, "type": t, "description": d} for n, t, d in takes]
    return entries


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_macro_s_yml_agrees_with_its_signature(path: Path):
    entries = documented(path.parent)
    for name, arguments in macros_of(path).items():
        if not public(name):
            continue
        assert name in entries, f"{name} has no entry in {path.parent.name}/_{path.parent.name}.yml"
        entry = entries[name]
        assert entry.get("description", "").strip(), f"{name} has no description"
        assert [argument["name"] for argument in entry.get("arguments", [])] == arguments, name
        for argument in entry.get("arguments", []):
            assert TYPE.match(argument["type"]), f"{name}.{argument['name']}: {argument['type']}"
            assert argument.get("description", "").strip(), f"{name}.{argument['name']} has no description"


@pytest.mark.parametrize("path", YMLS, ids=lambda path: path.stem)
def test_a_yml_names_only_macros_that_exist(path: Path):
    existing = {name for file in path.parent.rglob("*.sql") for name in macros_of(file)}
    named = [entry["name"] for entry in yaml.safe_load(path.read_text()).get("macros", [])]
    assert set(named) <= existing
    assert len(named) == len(set(named))


def test_a_public_macro_has_a_file_of_its_name():
    """In the folders that users call; those of areas.INTERNAL group small macros by what they are about."""
    for folder in sorted(
        {path.parent for path in FILES} - {BATON / "macros" / area for area in areas.INTERNAL}
    ):
        names = {name for path in folder.glob("*.sql") for name in macros_of(path) if public(name)}
        for path in folder.glob("[!_]*.sql"):
            called = {path.stem, f"test_{path.stem}", f"materialization_{path.stem}_default"}
            assert called & names, f"{path} holds no macro of its name"


def test_the_version_is_the_same_everywhere():
    project = yaml.safe_load((BATON / "dbt_project.yml").read_text())["version"]
    python = re.findall(r'^version = "(.+)"', (BATON / "pyproject.toml").read_text(), re.MULTILINE)[0]
    changelog = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", (BATON / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert project == python
    assert changelog and changelog[0] == project


def test_dbt_accepts_the_package_without_a_warning(project: Project):
    """Every macro's arguments as dbt validates them, and every deprecation, named one by one."""
    assert project.parse({"any": "select 1 as one"}) == []


def test_the_readme_shows_the_files_of_the_demo():
    readme = (BATON / "README.md").read_text()
    shown = re.findall(r"^`models/(\S+)`\n\n```\w+\n(.*?)\n```", readme, re.MULTILINE | re.DOTALL)
    assert len(shown) == 3
    for path, text in shown:
        assert text == (BATON / "integration_tests/models/churn" / path).read_text().rstrip(), path


def test_the_readme_s_links_lead_somewhere():
    readme = (BATON / "README.md").read_text()
    links = re.findall(r"\]\(([^)]+)\)", readme)
    assert len(links) > 20
    for link in links:
        assert (BATON / link).exists(), link


def test_the_readme_names_every_macro_that_users_call():
    readme = (BATON / "README.md").read_text()
    for folder in areas.CALLED_BY_USERS:
        for path in (BATON / "macros" / folder).glob("[!_]*.sql"):
            assert f"`{path.stem}`" in readme or path.stem == "split", path.stem

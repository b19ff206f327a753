"""dbt in one process again and again, without preparing anew what can not have changed.

Of the third of a second that a command takes on a small project nearly all goes into preparing: dbt unpacks what it parsed
last time, reads every file of every package, loads each package's settings, and looks through the stack for who asks.
A test's project keeps its packages, so these are read once. All that a command does with a test's models is dbt's own.
"""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import dbt_common.tests
from dbt.clients.jinja import MacroGenerator
from dbt.config.runtime import RuntimeConfig
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.contracts.graph.manifest import Manifest
from dbt.flags import get_flags
from dbt.include.global_project import PROJECT_NAME as GLOBAL_PROJECT_NAME
from dbt.parser.manifest import ManifestLoader, extended_mashumaro_encoder, extended_mashumuro_decoder
from dbt.parser.read_files import ReadFilesFromFileSystem
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.clients.jinja import CallableMacroGenerator


class Kept:
    """What stays the same in one project."""

    def __init__(self) -> None:
        self.packages: list[tuple[str, RuntimeConfig]] = []
        # by package: its files, and their ids by parser
        self.files: dict[str, tuple[dict[str, Any], dict[str, list[str]]]] = {}
        self.parsed: Manifest | None = None


_kept: dict[str, Kept] = {}
_PARTS = [field.name for field in fields(Manifest) if not field.name.startswith("_")]


def keep(root: Path) -> None:
    """From now on; the next command must parse the project, which has no models yet."""
    _kept[str(root)] = Kept()


def forget(root: Path | str) -> None:
    """From now on dbt does everything itself, as it must where the settings of a project change."""
    _kept.pop(str(root), None)


def _load_projects(
    config: RuntimeConfig, paths: Iterable[Path], dbt: Any = RuntimeConfig.load_projects
) -> Iterator[tuple[str, RuntimeConfig]]:
    kept = _kept.get(config.project_root)
    if kept is None:
        return dbt(config, paths)  # type: ignore[no-any-return]
    kept.packages = kept.packages or list(dbt(config, paths))
    return iter(kept.packages)


def _read_files_for_project(
    reader: ReadFilesFromFileSystem,
    project: RuntimeConfig,
    file_types: Any,
    dbt: Any = ReadFilesFromFileSystem.read_files_for_project,
) -> None:
    root = next(iter(reader.all_projects.values()))
    kept = _kept.get(root.project_root)
    name = project.project_name
    if kept is None or name == root.project_name:
        dbt(reader, project, file_types)
        return
    if name not in kept.files:
        dbt(reader, project, file_types)
        files = {id: file for id, file in reader.files.items() if file.project_name == name}
        kept.files[name] = files, reader.project_parser_files[name]
    files, parsers = kept.files[name]
    reader.files.update(files)
    reader.project_parser_files[name] = {parser: list(ids) for parser, ids in parsers.items()}


def _read_manifest(
    loader: ManifestLoader, dbt: Any = ManifestLoader.read_manifest_for_partial_parse
) -> Manifest | None:
    """What was parsed without models: the packages' macros and files as they are, and copies of what a command changes."""
    root = loader.root_project
    kept = _kept.get(root.project_root)
    parsed = kept.parsed if kept else None
    if parsed is None or not get_flags().PARTIAL_PARSE:  # type: ignore[no-untyped-call]
        return dbt(loader)  # type: ignore[no-any-return]
    if parsed.state_check.project_hashes != loader.manifest.state_check.project_hashes:
        forget(root.project_root)
        return dbt(loader)  # type: ignore[no-any-return]
    parts = {name: copy.copy(getattr(parsed, name)) for name in _PARTS}
    parts["nodes"], parts["disabled"] = copy.deepcopy((parsed.nodes, parsed.disabled))
    parts["files"] = {
        id: copy.deepcopy(file) if file.project_name == root.project_name else file
        for id, file in parsed.files.items()
    }
    parts["metadata"], parts["state_check"] = loader.manifest.metadata, loader.manifest.state_check
    return Manifest(**parts)


def _write_manifest(
    loader: ManifestLoader, dbt: Any = ManifestLoader.write_manifest_for_partial_parse
) -> None:
    kept = _kept.get(loader.root_project.project_root)
    if kept is None or kept.parsed is None:
        dbt(loader)
    if kept is not None and kept.parsed is None:
        # through bytes, as the command goes on to change its own
        packed = loader.manifest.to_msgpack(extended_mashumaro_encoder)
        kept.parsed = Manifest.from_msgpack(packed, decoder=extended_mashumuro_decoder)


class _Package(dict[str, Any]):
    """The macros of a package, each bound to its context when it is called: most are not."""

    def __init__(self, macros: Mapping[str, Any], bind: Callable[[Any], Any]) -> None:
        self.macros, self.bind = macros, bind

    def __missing__(self, name: str) -> Any:
        self[name] = bound = self.bind(self.macros[name])
        return bound

    def __contains__(self, name: object) -> bool:
        return name in self.macros

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self.macros else default


class _Namespace(MacroNamespace):
    """The same as dbt's, whose names it looks up one by one and for each through all packages."""

    def __init__(self, **parts: dict[str, Any]) -> None:
        super().__init__(**parts)
        dbts = parts["global_project_namespace"]
        self.names = {
            **dbts,
            GLOBAL_PROJECT_NAME: dbts,
            **parts["packages"],
            **parts["global_namespace"],
            **parts["local_namespace"],
        }

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __getitem__(self, name: str) -> Any:
        return self.names[name]


def _build_namespace(
    builder: MacroNamespaceBuilder, packages: Mapping[str, Mapping[str, Any]], context: dict[str, Any]
) -> MacroNamespace:
    """What a model can call. dbt binds every macro to every context, and there are several contexts for each model."""

    def bind(macro: Any) -> Any:
        # as its three constructors do, one after the other
        bound = MacroGenerator.__new__(MacroGenerator)
        bound.__dict__ = {
            "macro": macro,
            "context": context,
            "node": builder.node,
            "stack": builder.thread_ctx,
        }
        return bound

    def all_of(package: str) -> dict[str, Any]:
        return {name: bind(macro) for name, macro in packages.get(package, {}).items()}

    order = builder.internal_package_names_order
    own, local = builder.root_package, builder.search_package
    dbts = {name: macro for package in reversed(order) for name, macro in packages.get(package, {}).items()}
    return _Namespace(
        global_namespace={} if own == local else all_of(own),
        local_namespace={} if local in order else all_of(local),
        global_project_namespace={name: bind(macro) for name, macro in dbts.items()},
        packages={
            package: _Package(macros, bind) for package, macros in packages.items() if package not in order
        },
    )


def _get_macro(generator: CallableMacroGenerator, dbt: Any = CallableMacroGenerator.get_macro) -> Any:
    """The macro in its context, which dbt makes anew for every call of it."""
    if "made" not in vars(generator):
        vars(generator)["made"] = dbt(generator)
    return vars(generator)["made"]


# dbt makes and drops hundreds of thousands of objects without cycles
gc.set_threshold(200_000, 20, 20)
dbt_common.tests.enable_test_caching()
for _class, _method, _here in (
    (BehaviorFlagRendered, "_default_source", staticmethod(lambda: "an adapter")),
    (CallableMacroGenerator, "get_macro", _get_macro),
    (RuntimeConfig, "load_projects", _load_projects),
    (ReadFilesFromFileSystem, "read_files_for_project", _read_files_for_project),
    (MacroNamespaceBuilder, "build_namespace", _build_namespace),
    (ManifestLoader, "read_manifest_for_partial_parse", _read_manifest),
    (ManifestLoader, "write_manifest_for_partial_parse", _write_manifest),
):
    setattr(_class, _method, _here)

"""Runs dbt many times in one process, without repeating preparations that give the same result.

A command takes a third of a second on a small project, nearly all of it for preparation: dbt unpacks the last manifest,
reads every file of every package, loads each package's settings, and inspects the stack for the caller. A test's project
keeps its packages, so these are read once. Half of the time of a model is not needed either: ten times per model dbt makes
each of a thousand macros callable, it formats messages that no log shows, it compiles templates again, and it validates
again what was valid before. Here a macro is made callable when it is called. Everything that a command does with a test's
models is dbt's own code.
"""

from __future__ import annotations

import copy
import gc
import json
import logging
import marshal
import operator
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, ValuesView
from dataclasses import fields
from functools import cache, partial
from pathlib import Path
from typing import Any

import dbt.artifacts.schemas.base
import dbt.context.base
import dbt.context.macros
import dbt.flags
import dbt.parser.manifest
import dbt.parser.schema_generic_tests
import dbt_common.clients.agate_helper
import dbt_common.tests
from dbt.clients.jinja import MacroGenerator
from dbt.config.runtime import RuntimeConfig
from dbt.context.macro_resolver import MacroResolver
from dbt.context.macros import MacroNamespace
from dbt.context.manifest import ManifestContext
from dbt.contracts.graph.manifest import MacroMethods, Manifest
from dbt.flags import get_flags
from dbt.parser.base import RelationUpdate
from dbt.parser.manifest import ManifestLoader, extended_mashumaro_encoder, extended_mashumuro_decoder
from dbt.parser.read_files import ReadFilesFromFileSystem
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.clients.agate_helper import build_type_tester
from dbt_common.clients.jinja import CallableMacroGenerator, MacroFuzzEnvironment, MacroFuzzTemplate
from dbt_common.dataclass_schema import dbtClassMixin
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.logger import _is_print_event, _Logger
from dbt_common.utils.encoding import JSONEncoder


class Kept:
    """The parts that stay the same in one project."""

    def __init__(self) -> None:
        self.packages: list[tuple[str, RuntimeConfig]] = []
        # by package: its files, and their ids by parser
        self.files: dict[str, tuple[dict[str, Any], dict[str, list[str]]]] = {}
        self.parsed: Manifest | None = None


_kept: dict[str, Kept] = {}
_code: dict[Any, Any] = {}
_testers: dict[Any, Any] = {}
# those of the command, and what a model sees of them
_flags_of: list[Any] = []
_valid: set[tuple[type, str]] = set()
# by key: macros, and what was made of them
_made: dict[Any, tuple[list[Any], Any]] = {}
_LEVELS = {level.value: getattr(logging, level.name, logging.DEBUG) for level in EventLevel}
_PARTS = [field.name for field in fields(Manifest) if not field.name.startswith("_")]


def keep(root: Path) -> None:
    """Start; the next command must parse the project, which has no models yet."""
    _kept[str(root)] = Kept()


def forget(root: Path | str) -> None:
    """Stop, so that dbt does everything itself, which is needed if the settings of a project change."""
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
    """The manifest without models: the packages' macros and files themselves, and copies of parts that a command changes."""
    root = loader.root_project
    kept = _kept.get(root.project_root)
    parsed = kept.parsed if kept else None
    if parsed is None or not get_flags().PARTIAL_PARSE:  # type: ignore[no-untyped-call]
        return dbt(loader)  # type: ignore[no-any-return]
    if parsed.state_check.project_hashes != loader.manifest.state_check.project_hashes:
        forget(root.project_root)
        return dbt(loader)  # type: ignore[no-any-return]
    parts = {name: copy.copy(getattr(parsed, name)) for name in _PARTS}
    parts["nodes"] = copy.deepcopy(parsed.nodes)
    parts["disabled"] = {id: list(nodes) for id, nodes in parsed.disabled.items()}
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


def _write_json(path: str, content: Any) -> bool:
    """Write all of it at once, which json does in C, instead of in pieces, which it does in Python."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps(content, cls=JSONEncoder), encoding="utf-8")
    return True


def _cleanup_disabled(loader: ManifestLoader, dbt: Any = ManifestLoader.cleanup_disabled) -> None:
    """Without a deep copy of the packages' disabled models, which is needed only if a file has enabled one."""
    manifest, before = loader.manifest, loader.manifest.disabled
    if any(node.config.enabled for nodes in before.values() for node in nodes):
        dbt(loader)
        return
    manifest.disabled = {}
    dbt(loader)
    for id, nodes in manifest.disabled.items():
        before.setdefault(id, []).extend(nodes)
    manifest.disabled = before


def _init_relation_update(
    update: Any, *arguments: Any, dbt: Any = RelationUpdate.__init__, **options: Any
) -> None:
    """Look for the macro that names relations when there is a relation to be named."""
    vars(update)["begin"] = partial(dbt, update, *arguments, **options)


def _call_relation_update(update: Any, *arguments: Any, dbt: Any = RelationUpdate.__call__) -> None:
    begin = vars(update).pop("begin", None)
    if begin:
        begin()
    dbt(update, *arguments)


def _of(macros: Mapping[str, Any], key: Any, make: Callable[[], Any]) -> Any:
    """What depends on a manifest's macros alone, unless it was last made of the same ones."""
    of, made = _made.get(key, ([], None))
    if len(of) != len(macros) or not all(map(operator.is_, of, macros.values())):
        of, made = list(macros.values()), make()
        _made[key] = of, made
    return made


def _macros_by_name(
    macros: dict[str, Any], dbt: Any = MacroMethods._build_macros_by_name
) -> dict[str, list[Any]]:
    found = _of(macros, MacroMethods, lambda: dbt(macros))
    # the manifest goes on to add its own
    return {name: list(of_name) for name, of_name in found.items()}


def _macro_resolver(macros: dict[str, Any], project: str, internal_packages: list[str]) -> MacroResolver:
    key = MacroResolver, project, tuple(internal_packages)
    found: MacroResolver = _of(macros, key, lambda: MacroResolver(macros, project, internal_packages))
    return found


def _get_macro(generator: CallableMacroGenerator, dbt: Any = CallableMacroGenerator.get_macro) -> Any:
    """The macro in its context, created once instead of for every call."""
    if "made" not in vars(generator):
        vars(generator)["made"] = dbt(generator)
    return vars(generator)["made"]


class Unbound:
    """A macro that is not bound to a context yet."""

    def __init__(self, macro: Any, *_: Any) -> None:
        self.macro = macro


class Names(dict[str, Any]):
    """A context, or a package's part of it; a macro is bound to the context on first access."""

    def __init__(self, unbound: Mapping[str, Any], bind: Callable[[Any], MacroGenerator]) -> None:
        super().__init__(unbound)
        self.unbound, self.bind = unbound, bind

    def __getitem__(self, name: str) -> Any:
        found = super().__getitem__(name)
        if type(found) is Unbound:
            found = self[name] = self.bind(found.macro)
        return found

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default

    def __iter__(self) -> Iterator[str]:
        """Iterate as usual; defining it here makes a copy read each value through this class."""
        return super().__iter__()

    def items(self) -> Any:
        return ItemsView(self)

    def values(self) -> Any:
        return ValuesView(self)


def _build_namespace(context: ManifestContext, dbt: Any = ManifestContext._build_namespace) -> MacroNamespace:
    """dbt's namespace, made once for all contexts of a package, with macros that are not bound yet."""
    builder = context._get_namespace_builder()
    key = (
        MacroNamespace,
        builder.root_package,
        context.search_package,
        tuple(builder.internal_package_names_order),
    )
    unbound: MacroNamespace = _of(context.manifest.macros, key, lambda: dbt(context))

    def bind(macro: Any) -> MacroGenerator:
        return MacroGenerator(macro, names, builder.node, builder.thread_ctx)

    names = context._ctx = Names({}, bind)
    return MacroNamespace(
        Names(unbound.global_namespace, bind),
        Names(unbound.local_namespace, bind),
        Names(unbound.global_project_namespace, bind),
        {package: Names(macros, bind) for package, macros in unbound.packages.items()},
    )


def _to_dict(context: ManifestContext, dbt: Any = ManifestContext.to_dict) -> dict[str, Any]:
    names = context._ctx
    if not isinstance(names, Names):
        return dbt(context)  # type: ignore[no-any-return]
    super(ManifestContext, context).to_dict()
    # what is searched first comes last
    for part in reversed(list(context.namespace._search_order())):
        names.update(part.unbound if isinstance(part, Names) else part)
    return names


def _new_context(
    template: MacroFuzzTemplate, names: Any = None, *arguments: Any, dbt: Any = MacroFuzzTemplate.new_context
) -> Any:
    """Look names up in one dict: dbt chains it with Jinja's own names, and looking into a chain is a loop in Python."""
    if not isinstance(names, Names):
        return dbt(template, names, *arguments)
    for name, value in template.environment.globals.items():
        names.setdefault(name, value)
    return template.environment.context_class(template.environment, names, template.name, template.blocks)


def _flags(dbt: Any = dbt.flags.get_flag_obj) -> Any:
    """The flags as a model sees them, made once for a command instead of for each part of a context."""
    if not _flags_of or _flags_of[0] is not get_flags():  # type: ignore[no-untyped-call]
        _flags_of[:] = get_flags(), dbt()  # type: ignore[no-untyped-call]
    return _flags_of[1]


def _compile(
    environment: MacroFuzzEnvironment, source: Any, *arguments: Any, dbt: Any = MacroFuzzEnvironment.compile
) -> Any:
    """A template's code, cached by text, because tests build the same model many times."""
    key = type(environment).__name__, source, arguments
    if not isinstance(source, str):
        return dbt(environment, source, *arguments)
    if key not in _code:
        _code[key] = dbt(environment, source, *arguments)
    return _code[key]


def _validate(cls: type[dbtClassMixin], data: Any, dbt: Any = dbtClassMixin.validate.__func__) -> None:  # type: ignore[attr-defined]
    """Validate settings, unless the same ones were valid before."""
    key = cls, repr(data)
    if key not in _valid:
        dbt(cls, data)
        _valid.add(key)


def compiled(before: int = 0) -> bytes:
    """The code of all templates except the first `before`, to send to another process."""
    return marshal.dumps(list(_code.items())[before:])


def learn(code: bytes) -> int:
    """Add templates that another process has compiled; return the number of known templates."""
    _code.update(marshal.loads(code) if code else ())
    return len(_code)


def _build_type_tester(
    text_columns: Iterable[str],
    string_null_values: Iterable[str] = ("null", ""),
    dbt: Any = build_type_tester,
) -> Any:
    """The type tester of a result, cached because its date parser takes longer to create than the result."""
    key = frozenset(text_columns), tuple(string_null_values)
    if key not in _testers:
        _testers[key] = dbt(*key)
    return _testers[key]


def _init_event(event: BaseEvent, *arguments: Any, dbt: Any = BaseEvent.__init__, **options: Any) -> None:
    """Format a message only when it is read."""
    vars(event)["say"] = partial(dbt, event, *arguments, **options)


def _get_event_attribute(event: BaseEvent, name: str, dbt: Any = BaseEvent.__getattr__) -> Any:
    say = vars(event).pop("say", None)
    if say:
        say()
    return dbt(event, name)


def _fire_event(
    manager: EventManager,
    event: BaseEvent,
    level: EventLevel | None = None,
    *arguments: Any,
    dbt: Any = EventManager.fire_event,
    **options: Any,
) -> None:
    """Emit a message, except debug messages that no log shows; the tests' listeners do not need them either."""
    wanted = any(logger.level == EventLevel.DEBUG for logger in manager.loggers)
    if wanted or (level or event.level_tag()) != EventLevel.DEBUG:
        dbt(manager, event, level, *arguments, **options)


def _write_line(logger: _Logger, message: Any, dbt: Any = _Logger.write_line) -> None:
    """Make a line of a message, unless the log that takes it would drop it."""
    log = logger._python_logger
    if log is None or log.isEnabledFor(_LEVELS[message.info.level]) or _is_print_event(message):
        dbt(logger, message)


# dbt creates and drops hundreds of thousands of objects without cycles
gc.set_threshold(1_000_000, 20, 20)
dbt_common.tests.enable_test_caching()
for _class, _method, _here in (
    (BehaviorFlagRendered, "_default_source", staticmethod(lambda: "an adapter")),
    (CallableMacroGenerator, "get_macro", _get_macro),
    (BaseEvent, "__init__", _init_event),
    (BaseEvent, "__getattr__", _get_event_attribute),
    (EventManager, "fire_event", _fire_event),
    (_Logger, "write_line", _write_line),
    (MacroFuzzEnvironment, "compile", _compile),
    (MacroFuzzTemplate, "new_context", _new_context),
    (MacroMethods, "_build_macros_by_name", staticmethod(_macros_by_name)),
    (dbt_common.clients.agate_helper, "build_type_tester", _build_type_tester),
    (ManifestContext, "_build_namespace", _build_namespace),
    (ManifestContext, "to_dict", _to_dict),
    (dbt.artifacts.schemas.base, "write_json", _write_json),
    (dbt.context.base, "get_context_modules", cache(dbt.context.base.get_context_modules)),
    (dbt.context.macros, "MacroGenerator", Unbound),
    (dbt.flags, "get_flag_obj", _flags),
    (dbt.parser.manifest, "MacroResolver", _macro_resolver),
    (dbt.parser.schema_generic_tests, "MacroResolver", _macro_resolver),
    (dbtClassMixin, "validate", classmethod(_validate)),
    (RelationUpdate, "__init__", _init_relation_update),
    (RelationUpdate, "__call__", _call_relation_update),
    (RuntimeConfig, "load_projects", _load_projects),
    (ReadFilesFromFileSystem, "read_files_for_project", _read_files_for_project),
    (ManifestLoader, "cleanup_disabled", _cleanup_disabled),
    (ManifestLoader, "read_manifest_for_partial_parse", _read_manifest),
    (ManifestLoader, "write_manifest_for_partial_parse", _write_manifest),
):
    setattr(_class, _method, _here)

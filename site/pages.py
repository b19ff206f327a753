"""What the site has besides the guides: a page for each area of macros, the README, the changelog."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, nodes
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|#)([^)\s]+)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are no guide."""
    pages = {f"macros/{path.parent.name}.md": area_page(path) for path in ymls()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    # drawn by GitHub alone
    pages["index.md"] = re.sub(r"```mermaid\n.*?```\n+", "", readme, flags=re.DOTALL)
    pages["changes.md"] = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for path, text in pages.items():
        if text:
            files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Page, files: Files, **_: Any) -> str:
    """Let links lead to pages of the site; what is in the repository alone is named without a link."""
    here = Path(page.file.src_uri).parent
    # pages that are made of a file of the root have its links
    folder = ROOT if page.file.src_uri in ("index.md", "changes.md") else ROOT / "docs" / here
    if here.name == "macros":
        folder = ROOT / "macros" / "an_area"

    def link(found: re.Match[str]) -> str:
        text, (address, _, anchor) = found[1], found[2].partition("#")
        target = (folder / address).resolve()
        if not target.is_relative_to(ROOT):
            return text
        path = target.relative_to(ROOT)
        if path.parts[:1] == ("docs",):
            led = str(path.relative_to("docs"))
        elif path.parts[:1] == ("macros",) and path.suffix == ".yml":
            led, anchor = f"macros/{path.parent.name}.md", text.strip("`") if "`" in text else anchor
        elif path.name in ("README.md", "CHANGELOG.md") and len(path.parts) == 1:
            led = {"README.md": "index.md", "CHANGELOG.md": "changes.md"}[path.name]
        else:
            return text
        up = "../" * len(here.parts)
        return f"[{text}]({up}{led}{'#' + anchor if anchor else ''})"

    parts = re.split(r"(^```.*?^```$)", markdown, flags=re.DOTALL | re.MULTILINE)
    return "".join(part if part.startswith("```") else LINK.sub(link, part) for part in parts)


def ymls() -> list[Path]:
    """Give the descriptions of the areas."""
    return sorted((ROOT / "macros").glob("*/_*.yml"))


def area_page(path: Path) -> str:
    """Write the macros of an area that users call; empty if there is none."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))["macros"]
    shown = [entry for entry in entries if is_shown(entry)]
    if not shown:
        return ""
    title = path.parent.name.replace("_", " ").capitalize()
    defaults = {name: values for file in path.parent.glob("[!_]*.sql") for name, values in signatures(file)}
    return "\n".join([f"# {title}\n", *(macro(entry, defaults) for entry in shown)])


def is_shown(entry: dict[str, Any]) -> bool:
    """Whether dbt docs shows it; most helpers are in `_hidden.yml` alone, which is of no area."""
    return entry.get("docs", {}).get("show", True) is not False


def macro(entry: dict[str, Any], defaults: dict[str, dict[str, str]]) -> str:
    """Write a macro: what it does, an example, and its arguments."""
    name = re.sub("^(test|materialization)_|_default$", "", entry["name"])
    arguments = entry.get("arguments", [])
    if entry["name"].startswith("test_"):
        arguments = [argument for argument in arguments if argument["name"] != "model"]
    lines = [f"## {name}", "", prose(entry["description"]), ""]
    if arguments:
        lines += ["| argument | type | default | |", "|---|---|---|---|"]
    for argument in arguments:
        default = defaults.get(entry["name"], {}).get(argument["name"], "")
        cells = [f"`{argument['name']}`", f"`{argument['type']}`", f"`{default}`" if default else "required"]
        text = prose(" ".join(str(argument["description"]).split())).replace("|", "\\|")
        lines.append(f"| {' | '.join([*cells, text])} |")
    return "\n".join([*lines, ""])


def prose(description: str) -> str:
    """Write a description as Markdown: a placeholder such as <name> is no tag, a guide is a link."""
    text = re.sub(r"\{% (end)?raw %\}", "", description).strip()
    parts = re.split(r"(`[^`]*`|^    .*$)", text, flags=re.MULTILINE)
    return "".join(
        part
        if part.startswith(("`", "    "))
        else re.sub(r"\bdocs/(\w+)\.md", r"[docs/\1.md](../../docs/\1.md)", part.replace("<", "&lt;"))
        for part in parts
    )


def signatures(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Give each macro of a file with its defaults; a generic test is called `test_<name>`."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"\{%(-?)\s*test\s+", r"{%\1 macro test_", text)
    text = re.sub(r"\{%(-?)\s*endtest\s*", r"{%\1 endmacro ", text)
    text = re.sub(r"\{%-?\s*materialization\s.*?endmaterialization.*?%\}", "", text, flags=re.DOTALL)
    for found in Environment(extensions=["jinja2.ext.do"]).parse(text).find_all(nodes.Macro):
        with_default = found.args[len(found.args) - len(found.defaults) :]
        yield (
            found.name,
            {
                argument.name: written(default)
                for argument, default in zip(with_default, found.defaults, strict=True)
            },
        )


def written(default: nodes.Expr) -> str:
    """Write a default as a call would."""
    value = default.as_const()
    return repr(value).lower() if value is None or isinstance(value, bool) else repr(value)

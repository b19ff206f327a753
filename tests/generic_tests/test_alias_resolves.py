"""The generic test alias_resolves: each fault of an alias is one failing row that says what is wrong."""

from __future__ import annotations

import pandas as pd

from bench import Project

ROWS = [
    # model_name, alias, model_version, is_current, version_number, artifact
    ("fine", "champion", "v2", True, 2, "a"),
    ("fine", "champion", "v1", False, 1, None),
    ("retired", "champion", "v1", False, 1, "a"),
    ("retired", "shadow", "v2", True, 2, "a"),
    ("double", "champion", "v1", True, 1, "a"),
    ("double", "champion", "v2", True, 2, "a"),
    ("o'dd ✈", "champion", "gone", True, None, None),
    ("empty", "champion", "v3", True, 3, None),
]
NAMES = ["model_name", "alias", "model_version", "is_current", "version_number", "artifact"]


def aliases(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=NAMES).astype({"version_number": "Int64", "is_current": bool})
    return frame.assign(artifact=pd.Series([row[5] for row in rows], dtype="str"))


def test_each_fault_is_a_row_that_says_what_is_wrong(project: Project) -> None:
    project.put(
        aliases=aliases(ROWS),
        all_well=aliases(ROWS[:2]),
        nothing=aliases(ROWS).iloc[:0],
        registry=pd.DataFrame({"model_name": ["fine", "fine", "new"]}),
    )

    def tested(table: str, **arguments: object) -> dict[str, object]:
        return {"model": table, "test": "alias_resolves", "arguments": arguments}

    found = project.failing_rows(
        {
            "of_all": tested("aliases"),
            "of_shadow": tested("aliases", alias_name="shadow", model_name=["retired", "fine"]),
            "of_one": tested("aliases", model_name="fine"),
            "of_well": tested("all_well"),
            "of_nothing": tested("nothing"),
            "of_named": tested("nothing", model_name="fine"),
            "of_registry": tested("aliases", registry="source('data', 'registry')"),
        }
    )
    assert list(found["of_all"].columns) == ["message", "model_name", "alias", "model_version"]
    assert sorted(found["of_all"].message) == sorted(
        [
            "model_name retired: no version is champion now, so nothing can be scored by this alias",
            "model_name double: 2 versions are champion at once, among them v1 and v2, so it is not known which one scores",
            "model_name o'dd ✈: champion is version gone, which the registry does not have, so it cannot score",
            "model_name empty: champion is version v3, of which no artifact is stored, so it cannot score",
        ]
    )
    nothing = "no version is {} now, so nothing can be scored by this alias"
    assert found["of_shadow"].message.tolist() == [f"model_name fine: {nothing.format('shadow')}"]
    assert found["of_named"].message.tolist() == [f"model_name fine: {nothing.format('champion')}"]
    assert found["of_registry"].message.tolist() == [f"model_name new: {nothing.format('champion')}"]
    for name in ("of_one", "of_well", "of_nothing"):
        assert found[name].empty


def test_an_alias_of_model_aliases_resolves(project: Project) -> None:
    """On the table that the macro makes, and with --empty, when no row is read."""
    columns = ["model_name", "model_version", "version_number", "artifact"]
    project.put(nothing=aliases(ROWS[:1])[columns])
    yml = {
        "models": [
            {
                "name": "resolved",
                "data_tests": [{"baton.alias_resolves": {"arguments": {"model_name": "fine"}}}],
            }
        ]
    }
    project.build(
        {
            "resolved": "select *, 'champion' as alias, true as is_current from {{ source('data', 'nothing') }}"
        },
        yml=yml,
    )
    assert {result.status for result in project.results} == {"success", "pass"}
    project.build(
        {
            "resolved": "select *, 'champion' as alias, true as is_current from {{ source('data', 'nothing') }}"
        },
        yml=yml,
        flags=["--empty"],
    )
    assert {result.status for result in project.results} == {"success", "pass"}

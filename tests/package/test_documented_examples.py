"""The examples in the ymls and guides run as they stand, on a small shop."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest
import yaml

from bench import BATON, Project
from dbt_baton.registry.version_row import VERSION_SCHEMA

SHOP = {
    "customers": "select 'c' || number as customer_id, timestamp '2024-01-01' as signed_up_at",
    "customer_spine": "select 'c' || number as customer_id, timestamp '2024-06-01' as as_of",
    "fct_purchases": (
        "select 'c' || number as customer_id, timestamp '2024-05-20' as purchased_at, "
        "cast(number as double precision) as amount, 'paid' as status"
    ),
    "fct_orders": "select 'c' || number as customer_id, timestamp '2024-06-10' as ordered_at, number as order_id",
    "customer_weeks": (
        "select 'c' || number as customer_id, timestamp '2024-05-01' as as_of, "
        "cast(number as double precision) as revenue_30d"
    ),
    "customer_features": (
        "select 'c' || number as customer_id, timestamp '2024-05-01' as valid_from, "
        "cast(null as timestamp) as valid_to, cast(number as double precision) as revenue_30d"
    ),
    "customer_joined": (
        "select 'c' || number as customer_id, timestamp '2024-06-01' as as_of, "
        "timestamp '2024-05-01' as customer_features_feature_time, cast(number as double precision) as revenue_30d"
    ),
    "support_tickets": "select 'c' || number as customer_id, timestamp '2024-05-10' as opened_at, number as severity",
    "customer_snapshot": (
        "select 'c' || number as customer_id, timestamp '2024-05-01' as dbt_valid_from, "
        "cast(null as timestamp) as dbt_valid_to, 'pro' as plan"
    ),
    "region_weather": (
        "select 'r' || number as region, date '2024-05-31' as observed_on, 20.0 + number as temperature, "
        "timestamp '2024-05-31 06:00:00' as loaded_at"
    ),
    "delivery_spine": (
        "select 'c' || number as customer_id, 'r' || number as destination, timestamp '2024-06-01' as as_of"
    ),
    "churn_labels": (
        "select 'c' || number as customer_id, timestamp '2024-06-01' as as_of, number % 2 as label, "
        "timestamp '2024-06-01' as label_window_start, timestamp '2024-07-01' as label_window_end, true as label_is_mature"
    ),
    "churn_registry": (
        "select 'churn_model' as model_name, 'v' || number as model_version, number as version_number, timestamp '2024-01-01' as trained_at, "
        "'{\"validation\": {\"roc_auc\": 0.' || number || '}}' as metrics, '{\"depth\": ' || number || '}' as params, "
        + ", ".join(
            f"cast(null as varchar) as {name}"
            for name in VERSION_SCHEMA.names
            if name not in ("model_name", "model_version", "trained_at", "metrics", "params")
        )
    ),
    "churn_promotions": (
        "select 'churn_model' as model_name, 'champion' as alias, 'v' || number as model_version, "
        "timestamp '2024-01-02' as promoted_at, 'ann' as promoted_by, 'better' as reason"
    ),
    "promotions_seed": (
        "select 'churn_model' as model_name, 'shadow' as alias, 'v' || number as model_version, "
        "timestamp '2024-01-02' as promoted_at, 'ann' as promoted_by, 'by hand' as reason"
    ),
    "churn_comparison": (
        "select 'm' || number as model_name, 'all' as segment_name, 'all' as segment_value, 'v1' as champion_version, "
        "'v2' as challenger_version, 'roc_auc' as metric, 0.02e0 as difference, 0.01e0 as lower, 0.03e0 as upper, "
        "900 as n_pairs, 'promote' as verdict, 'the challenger is better' as reason"
    ),
    "churn_health": (
        "select 'm' || number as model_name, 'v1' as model_version, timestamp '2024-06-03' as period_start, 'healthy' as verdict, "
        "'none' as severity, 'roc_auc is 0.8' as summary, timestamp '2024-06-03' as since, 'Growth' as owner, '[]' as upstream"
    ),
    "churn_drift": (
        "select 'b' as baseline, 'm' as model_name, 'v1' as model_version, timestamp '2024-06-03' as period_start, 'all' as segment_name, "
        "'all' as segment_value, 'revenue_30d' as feature, 'psi' as metric, 0.02e0 as value, 0.7e0 as p_value, 900 as n"
    ),
    "churn_performance": (
        "select 'm' || number as model_name, 'v1' as model_version, timestamp '2024-06-03' as period_start, 'all' as segment_name, "
        "'all' as segment_value, 'roc_auc' as metric, cast(null as varchar) as class, 0.8e0 as value, 0.75e0 as lower, 0.85e0 as upper, "
        "900 as n, 890 as n_labelled"
    ),
    "churn_skew": (
        "select 'm' || number as model_name, 'v1' as model_version, timestamp '2024-06-03' as period_start, 'all' as segment_name, "
        "'all' as segment_value, 'revenue_30d' as feature, 900 as n, 0 as n_mismatched, 0e0 as mismatch_share, "
        "cast(null as double precision) as median_staleness_days, cast(null as varchar) as example, cast(null as varchar) as undefined_reason"
    ),
    "churn_predictions": (
        "select 'churn_model' as model_name, 'v1' as model_version, 'c' || number as customer_id, timestamp '2024-06-03' as as_of, "
        "'{\"revenue_30d\": ' || number || '}' as features"
    ),
    "churn_recomputed": (
        "select 'c' || number as customer_id, timestamp '2024-06-03' as as_of, cast(number as double precision) as revenue_30d"
    ),
    "churn_aliases": (
        "select 'm' || number as model_name, 'champion' as alias, 'v1' as model_version, true as is_current, "
        "1 as version_number, 'a' as artifact"
    ),
    "churn_training_set": (
        "select 'c' || number as customer_id, timestamp '2024-06-01' as as_of, number % 2 as label, 'train' as split, "
        "20 + number as age, cast(1000 * number as double precision) as income, "
        "case when number < 3 then 'basic' else 'pro' end as plan, 'Paris' as city, "
        "timestamp '2024-07-01' as label_window_end, true as label_is_mature"
    ),
}
FOUR = "(select 1 as number union all select 2 union all select 3 union all select 4) as numbers"
CHURN_TRANSFORMERS = """[
    {'transformer': 'simple_imputer', 'columns': ['age', 'income'], 'strategy': 'median'},
    {'transformer': 'standard_scaler', 'columns': ['age', 'income']},
    {'transformer': 'one_hot_encoder', 'columns': 'plan', 'handle_unknown': 'ignore'},
    {'transformer': 'target_encoder', 'columns': 'city', 'target': 'label', 'target_type': 'binary'},
]"""
FOLDERS = ("features", "preprocessing", "feature_store", "training_sets")


def yml_examples() -> list[tuple[str, str]]:
    """(macro, call) of each example: the indented block of a description that begins with the call."""
    found = []
    for folder in FOLDERS:
        for path in sorted((BATON / "macros" / folder).glob("_*.yml")):
            for entry in yaml.safe_load(path.read_text())["macros"]:
                for block in re.findall(r"(?:^    .*\n?)+", entry["description"] + "\n", re.MULTILINE):
                    calls = re.split(r"\n(?=\w)", dedent(block).strip())
                    if calls[-1].startswith("baton."):
                        found.append((entry["name"], "\n".join(f"{{{{ {call} }}}}" for call in calls)))
    return found


def generic_test_examples() -> list[tuple[str, str]]:
    """(name, yml) of each example of a generic test: the blocks of its description and of the guide."""
    found = []
    for entry in yaml.safe_load((BATON / "macros/generic_tests/_generic_tests.yml").read_text())["macros"]:
        blocks = re.findall(r"(?:^    .*\n?)+", entry["description"] + "\n", re.MULTILINE)
        assert blocks, entry["name"]
        found += [(entry["name"], dedent(block)) for block in blocks]
    guide = (BATON / "docs/generic_tests.md").read_text()
    blocks = re.findall(r"^```yaml\n(models:.*?)^```", guide, re.MULTILINE | re.DOTALL)
    assert blocks
    return found + [(f"guide-{number}", block) for number, block in enumerate(blocks)]


def guide_examples() -> list[tuple[str, str]]:
    """(guide, model) of each SQL block with a call of baton in docs/."""
    return [
        (f"{path.stem}-{number}", block)
        for path in sorted((BATON / "docs").glob("*.md"))
        if path.stem
        not in (
            "models",
            "which_model_is_better",
            "estimated_performance",
            "performance",
            "drift",
            "health",
        )  # their files are projects of tests of their own
        for number, block in enumerate(
            re.findall(r"^```sql\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL)
        )
        if "baton." in block
    ]


def built(project: Project, text: str, **options: object) -> int:
    """How many rows the model has, built with the tables that it refers to."""
    models = {name: f"{query} from {FOUR}" for name, query in SHOP.items() if f"'{name}'" in text}
    if "'churn_preprocessing'" in text:
        models["churn_preprocessing"] = (
            f"{{{{ baton.fit(relation=ref('churn_training_set'), transformers={CHURN_TRANSFORMERS}) }}}}"
        )
    # a model without full refresh would keep the rows and columns of the example before it
    name = "documented_to_stay" if "full_refresh=false" in text else "documented"
    return len(project.build({**models, name: text}, **options))


@pytest.mark.parametrize(
    ("name", "call"), yml_examples(), ids=lambda value: value if value.isidentifier() else ""
)
def test_the_example_of_a_macro_runs(project: Project, name: str, call: str):
    if name == "split":
        call = f"select *, {call} as split from {{{{ ref('churn_labels') }}}}"
    assert built(project, call, full_refresh=True) > 0


@pytest.mark.parametrize(
    ("name", "model"), guide_examples(), ids=lambda value: value if len(value) < 40 else ""
)
def test_the_example_of_a_guide_runs(project: Project, name: str, model: str):
    assert built(project, model, full_refresh=True) > 0


@pytest.mark.parametrize(
    ("name", "text"), generic_test_examples(), ids=lambda value: value.partition("\n")[0]
)
def test_the_example_of_a_generic_test_passes(project: Project, name: str, text: str):
    yml = yaml.safe_load(text)
    tests = sum(len(model["data_tests"]) for model in yml["models"])
    shop = " ".join(f"'{model['name']}'" for model in yml["models"]) + text
    models = {name: f"{query} from {FOUR}" for name, query in SHOP.items() if f"'{name}'" in shop}
    project.build(models, yml=yml)
    assert [result.status for result in project.results].count("pass") == tests > 0


def test_every_macro_that_users_call_has_an_example():
    shown = {name for name, _ in yml_examples()}
    for folder in FOLDERS:
        for path in (BATON / "macros" / folder).glob("[!_]*.sql"):
            assert path.stem in shown, path.stem

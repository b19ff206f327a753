"""Artifacts that an attacker wrote are refused before they can do anything, each for its own reason."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import artifact_attacks as attacks
import numpy as np
import pytest
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)

from dbt_baton import ArtifactRejected, artifacts
from dbt_baton.artifacts import Artifact
from dbt_baton.artifacts.model_checks import check_model

REASONS = {
    "a_sparse_matrix_points_far_away": "a sparse matrix has an index out of range",
    "a_tree_points_far_away": "a tree has an index outside of [0, 3)",
    "a_partial_holds_a_tree_that_points_far_away": "a partial is not of a function",
    "loading_calls_a_model_through_the_type_of_a_key": "a partial is not of a function",
    "loading_calls_a_function_through_the_type_of_a_key": "it holds types that are not on the allow-list: builtins.abs",
    "loading_calls_an_allowed_function_through_the_type_of_a_key": "the keys of a dict are neither texts nor numbers",
    "a_zip_bomb_is_unpacked": "the artifact unpacks to more than 16,777,216 bytes, which is the limit",
    "a_zip_bomb_that_says_it_is_small_is_unpacked": "BadZipFile: Bad CRC-32 for file 'schema.json'",
    "a_directory_is_larger_than_the_file": "BadZipFile: Bad offset for central directory",
    "two_files_have_one_name": "two files in it have the same name",
    "a_schema_is_deeper_than_the_stack": "RecursionError: maximum recursion depth exceeded while decoding a JSON object from a unico",
    "a_schema_has_more_parts_than_memory": "has more than 6,000,000 parts",
    "lists_are_nested_deeper_than_skops_can_go": "has more than 100 levels",
    "few_lists_are_visited_more_often_than_time_allows": "has more than 1,000,000 nodes or more than 100 levels",
    "a_list_contains_itself": "uses an object before it is complete",
    "an_object_has_the_name_of_its_container": "has two objects with the id 1000",
    "a_reference_says_another_type": "the CachedNode of a builtins.dict has unexpected fields",
    "an_array_has_more_elements_than_memory": "an array has another size than its header says",
    "an_array_has_elements_without_bytes": "an array has elements without bytes",
    "an_array_has_pickled_objects": "an array has the type object",
    "an_array_unpacks_arrays_into_objects": "an array holds sequences",
    "a_tree_has_more_outputs_than_counts_of_classes": "a tree has another number of outputs",
    "a_tree_has_fewer_nodes_than_it_says": "a tree has another number of nodes than it says",
    "a_tree_has_no_nodes": "a tree has another number of nodes than it says",
    "a_tree_does_not_compare_the_number_of_columns": "a DecisionTreeClassifier has its own '_validate_X_predict'",
    "a_model_is_equal_to_every_number_of_columns": "a number of features is not a number",
    "boosting_takes_binned_values": "an estimator is being fitted",
    "boosting_reads_more_columns_than_its_encoder_writes": "the encoder of categories selects other columns",
    "boosting_gets_its_columns_from_another_model": "the categories are encoded by something else",
    "boosting_has_a_category_beyond_its_bits": "a tree has an index outside of [0, 256)",
    "an_encoder_writes_into_columns_that_do_not_exist": "an encoder writes 2 categories in 1 columns",
    "an_encoder_groups_categories_far_away": "an encoder groups categories that it does not have",
    "an_encoder_searches_in_numbers_that_are_not_sorted": "an encoder's categories are not sorted",
    "a_random_state_reads_far_away": "a random state has an index out of range",
    "a_random_generator_reads_far_away": "a random state has other parts",
    "a_function_writes_into_another_model": "'kw_args' holds objects",
    "stacking_calls_a_method_that_changes_the_model": "'stack_method_' names another method than a prediction",
    "a_function_is_an_object_that_can_be_called": "'func' is no function",
    "a_list_is_an_array_of_a_size_in_the_file": "it holds types that are not on the allow-list: numpy.ndarray",
    "a_file_is_missing": "the NdArrayNode of a numpy.ndarray has unexpected fields",
    "a_file_is_the_schema": "the BytesNode of a builtins.bytes has unexpected fields",
    "a_field_is_unknown": "the JsonNode of a builtins.str has unexpected fields",
    "a_plain_value_is_a_list": "a plain value is a container",
    "an_older_protocol_is_used": "has the protocol 0, expected 2: use a version of skops from 0.13 to 0.16",
    "a_set_holds_a_model": "a set holds an object",
    "coefficients_are_for_more_features": "a model has 3 coefficients for 2 features",
    "classes_are_a_table": "classes are not a list of labels",
    "a_forest_passes_fewer_columns_than_its_trees_read": "a tree has another number of features than its ensemble",
    "boosting_writes_more_scores_than_there_are": "gradient boosting has more trees than scores",
    "boosting_starts_from_a_forest": "gradient boosting starts from another model",
}


@pytest.fixture(scope="module")
def outcomes():
    """What happened in another process, because an attack that succeeds may end it."""
    path = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "artifact_damage.py")],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"},
    )
    # scikit-learn may write too, where the damage made a model verbose
    found = dict(json.loads(line) for line in done.stdout.splitlines() if line.startswith('["'))
    assert done.returncode == 0, (
        f"ended with {done.returncode} after {list(found)[-1:]}: {done.stderr[-500:]}"
    )
    return found


def test_every_attack_has_a_reason():
    assert list(attacks.ATTACKS) == list(REASONS)


@pytest.mark.parametrize("attack", REASONS)
def test_it_is_not_loaded_that(attack, outcomes):
    assert REASONS[attack] in outcomes[attack]
    assert not outcomes[attack].startswith(("RAW", "LOADED"))


def test_random_damage_is_refused_or_harmless(outcomes):
    counts = outcomes["damage"]
    assert set(counts) == {"refused", "loaded"}, counts
    assert counts["refused"] > 100
    assert counts["loaded"] > 10


def test_bytes_with_another_hash_are_refused():
    artifact = artifacts.dump(attacks.logistic(), **attacks.VERSION)
    for content in (artifact.content + b" ", artifact.content[:-1], b""):
        with pytest.raises(ArtifactRejected, match="altered after training"):
            artifacts.load(Artifact(content, artifact.sha256, "skops"), **attacks.VERSION)


@pytest.mark.parametrize("content", [b"", b"no zip", pickle.dumps(1)])
def test_what_is_no_skops_file_is_refused(content):
    with pytest.raises(ArtifactRejected, match="cannot be read"):
        artifacts.load(attacks.artifact_of(content), **attacks.VERSION)


class Dangerous:
    """Its state is a command."""

    def __reduce__(self):
        return os.system, ("exit 1",)


def test_a_pickle_is_not_opened_without_the_opt_in():
    with pytest.raises(ArtifactRejected, match="the artifact is a pickle"):
        artifacts.load(attacks.artifact_of(pickle.dumps(Dangerous()), "pickle"), **attacks.VERSION)
    stored = artifacts.dump(np.ones, **attacks.VERSION, allow_pickle=True)
    assert artifacts.load(stored, **attacks.VERSION, allow_pickle=True) is np.ones


def test_an_unknown_format_is_refused():
    with pytest.raises(
        ArtifactRejected, match="the artifact's format is 'onnx', expected 'skops' or 'pickle'"
    ):
        artifacts.load(attacks.artifact_of(b"", "onnx"), **attacks.VERSION, allow_pickle=True)


@pytest.mark.parametrize(
    "node",
    [
        attacks.node("FunctionNode", "os.system"),
        attacks.node("TypeNode", "posix.system"),
        attacks.node("ConstructorFromReduceNode", "numpy.float64", content={}),
        attacks.node("MethodNode", "builtins.dict", content={}),
        attacks.node("FunctionNode", "numpy.load"),
        attacks.node("ListNode", "sklearn.utils.validation.check_array", content=[]),
        {"__loader__": "DictNode"},
    ],
    ids=lambda node: f"{node.get('__module__')}.{node.get('__class__')} by {node['__loader__']}",
)
def test_a_foreign_type_or_loader_is_refused_and_named(node):
    name = f"{node.get('__module__')}.{node.get('__class__')}"
    with pytest.raises(ArtifactRejected, match=f"not on the allow-list: {name}"):
        artifacts.load(attacks.with_attribute(attacks.logistic(), "extra", node), **attacks.VERSION)


def changed(tree, **changes):
    """The same tree with other node values; scikit-learn's own `__setstate__` takes them as they are."""
    state = tree.__getstate__()
    state["nodes"] = state["nodes"].copy()
    for name, value in changes.items():
        state["nodes"][name][0] = value
    tree.__setstate__(state)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"left_child": 10_000}, "index outside"),
        ({"right_child": 10_000}, "index outside"),
        ({"right_child": -7}, "a child before its parent"),
        ({"left_child": 0}, "a child before its parent"),
        ({"feature": 2}, "index outside"),
        ({"feature": -2}, "index outside"),
    ],
)
def test_a_tree_that_points_outside_of_itself_is_refused(changes, message):
    tree = attacks.tree()
    forest = RandomForestClassifier(2, max_depth=3).fit(attacks.INPUTS, attacks.LABELS)
    boosting = GradientBoostingClassifier(n_estimators=2).fit(attacks.INPUTS, attacks.LABELS)
    for model, inner in (
        (tree, tree),
        (forest, forest.estimators_[1]),
        (boosting, boosting.estimators_[1, 0]),
    ):
        check_model([model])
        changed(inner.tree_, **changes)
        with pytest.raises(ArtifactRejected, match=message):
            check_model([model])


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("left", 10_000, "index outside"),
        ("right", 0, "a child before its parent"),
        ("feature_idx", 2, "index outside"),
        ("feature_idx", -1, "index outside"),
        ("is_categorical", 1, "a number is split as a category"),
    ],
)
def test_a_tree_of_histogram_boosting_that_points_outside_of_itself_is_refused(name, value, message):
    model = HistGradientBoostingClassifier(max_iter=2).fit(attacks.INPUTS, attacks.LABELS)
    check_model(model)
    model._predictors[1][0].nodes[name][0] = value
    with pytest.raises(ArtifactRejected, match=message):
        check_model(model)


def test_categories_outside_of_the_bitsets_are_refused():
    far, thin = attacks.histogram(), attacks.histogram()
    far._predictors[0][0].nodes["is_categorical"] = 1
    far._predictors[0][0].nodes["feature_idx"] = 0
    far._predictors[0][0].nodes["bitset_idx"] = 99
    thin._predictors[0][0].raw_left_cat_bitsets = np.zeros((1, 1), dtype=np.uint32)
    for crafted in (far, thin):
        with pytest.raises(ArtifactRejected, match="the artifact is not what scikit-learn writes"):
            check_model(crafted)

"""Artifacts as an attacker could write them, each with the right hash and the right version.

The name of an attack is the statement that it would make true if it were loaded. `main` loads all of them and writes
what happened, one JSON line each.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from functools import partial

import numpy as np
import pandas as pd
import skops.io
from scipy import sparse
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

from dbt_baton.artifacts import Artifact, dump, load
from dbt_baton.artifacts.archive import write_members
from dbt_baton.artifacts.canonical import canonical
from dbt_baton.errors import ArtifactRejected

VERSION = {"model_name": "m", "model_version": "v"}
BINDING = json.dumps(VERSION).encode()
RANDOM = np.random.default_rng(0)
INPUTS = pd.DataFrame({"a": RANDOM.normal(size=100), "b": RANDOM.normal(size=100)})
TEXTS = pd.DataFrame({"t": pd.Categorical(RANDOM.choice(["x", "y", "z"], 100)), "a": INPUTS.a})
LABELS = (INPUTS.a > 0).astype(int).to_numpy()
FAR = 2_000_000_000
LIMIT = 2**21  # so that the bombs need not be large: unpacked it is 16 MiB


def artifact_of(content, kind="skops"):
    return Artifact(content, hashlib.sha256(content).hexdigest(), kind)


def opened(model):
    """The schema and the files of a model, as baton writes them, without any check."""
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members["schema.json"])
    root, files = canonical(schema, members)
    return {**root, "protocol": 2}, files


def closed(schema, files):
    written = schema if isinstance(schema, bytes) else json.dumps(schema).encode()
    return artifact_of(write_members({"baton.json": BINDING, "schema.json": written, **files}))


def with_schema(model, change):
    schema, files = opened(model)
    return closed(change(schema) or schema, files)


def with_attribute(model, name, node):
    def change(schema):
        schema["content"]["content"][name] = node
        schema["content"]["key_types"]["content"].append(type_node("builtins", "str"))

    return with_schema(model, change)


def with_arrays(model, change):
    """The same model with other arrays where `change` gives one."""
    schema, files = opened(model)
    for name, content in files.items():
        if name.endswith(".npy"):
            values = np.load(io.BytesIO(content), allow_pickle=False).copy()
            changed = change(values)
            if changed is not None:
                file = io.BytesIO()
                np.save(file, changed)
                files[name] = file.getvalue()
    return closed(schema, files)


def node(loader, of_type, **fields):
    module, _, name = of_type.rpartition(".")
    return {"__class__": name, "__module__": module, "__loader__": loader, **fields}


def json_node(value):
    return node("JsonNode", "builtins.str", content=json.dumps(value))


def list_node(*items, **fields):
    return node("ListNode", "builtins.list", content=list(items), **fields)


def type_node(module, name):
    return node("TypeNode", f"{module}.{name}")


def dict_node(**entries):
    types = list_node(*[type_node("builtins", "str") for _ in entries])
    return node("DictNode", "builtins.dict", key_types=types, content=entries)


def logistic():
    return LogisticRegression().fit(INPUTS, LABELS)


def tree():
    return DecisionTreeClassifier(max_depth=3, random_state=0).fit(INPUTS, LABELS)


def histogram():
    return HistGradientBoostingClassifier(max_iter=2, categorical_features=[0]).fit(TEXTS, LABELS)


def far_nodes(values):
    if values.dtype.names and "left_child" in values.dtype.names:
        values["left_child"][0] = values["right_child"][0] = FAR
        return values
    return None


def a_sparse_matrix_points_far_away():
    model = logistic().sparsify()
    schema, files = opened(model)
    (name,) = [name for name in files if name.endswith(".npz")]
    model.coef_.indices[:] = FAR
    file = io.BytesIO()
    sparse.save_npz(file, model.coef_)
    return closed(schema, {**files, name: file.getvalue()})


def a_tree_points_far_away():
    return with_arrays(tree(), far_nodes)


def a_partial_holds_a_tree_that_points_far_away():
    scorer = make_scorer(accuracy_score)
    function = FunctionTransformer(func=partial(scorer, tree(), y_true=LABELS))
    return with_arrays(make_pipeline(function), far_nodes)


def loading_calls_a_model_through_the_type_of_a_key():
    carrier = logistic()
    carrier.C = {"k": partial(make_scorer(accuracy_score), tree(), INPUTS.to_numpy())}

    def change(schema):
        entry = schema["content"]["content"]["C"]
        entry["key_types"] = list_node(entry["content"]["k"])
        entry["content"] = {"k": json_node(1)}

    return with_schema(carrier, change)


def loading_calls_a_function_through_the_type_of_a_key():
    entry = {**dict_node(x=json_node(1)), "key_types": list_node(type_node("builtins", "abs"))}
    return with_attribute(logistic(), "extra", entry)


def loading_calls_an_allowed_function_through_the_type_of_a_key():
    called = list_node(node("FunctionNode", "numpy.exp"))
    return with_attribute(logistic(), "extra", {**dict_node(x=json_node(1)), "key_types": called})


def a_bomb(size):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("baton.json", BINDING)
        with archive.open("schema.json", "w") as file:
            file.write(b'{"protocol": 2, "x": "')
            for _ in range(size):
                file.write(b"a" * 2**20)
            file.write(b'"}')
    return buffer.getvalue()


def a_zip_bomb_is_unpacked():
    return artifact_of(a_bomb(20))


def a_zip_bomb_that_says_it_is_small_is_unpacked():
    content = bytearray(a_bomb(20))
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (1000).to_bytes(4, "little")
    return artifact_of(bytes(content))


def a_directory_is_larger_than_the_file():
    content = bytearray(dump(logistic(), **VERSION).content)
    content[-10:-6] = (2**31).to_bytes(4, "little")
    return artifact_of(bytes(content))


def two_files_have_one_name():
    buffer = io.BytesIO(dump(logistic(), **VERSION).content)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("schema.json", b"{}")
    return artifact_of(buffer.getvalue())


def a_schema_is_deeper_than_the_stack():
    _, files = opened(logistic())
    return closed(b'{"protocol": 2, "a":' + b'{"a":' * 200_000 + b"1" + b"}" * 200_001, files)


def a_schema_has_more_parts_than_memory():
    _, files = opened(logistic())
    return closed(b'{"protocol": 2, "a": [' + b"{}," * 4_000_000 + b"1]}", files)


def lists_are_nested_deeper_than_skops_can_go():
    deep = list_node()
    for _ in range(400):
        deep = list_node(deep)
    return with_attribute(logistic(), "extra", deep)


def few_lists_are_visited_more_often_than_time_allows():
    grown = list_node(**{"__id__": 1000})
    for number in range(1001, 1060):
        again = node("CachedNode", "builtins.list", **{"__id__": number - 1})
        grown = list_node(grown, again, **{"__id__": number})
    return with_attribute(logistic(), "extra", grown)


def a_list_contains_itself():
    inner = node("CachedNode", "builtins.list", **{"__id__": 1000})
    return with_attribute(logistic(), "extra", list_node(inner, **{"__id__": 1000}))


def an_object_has_the_name_of_its_container():
    inner = list_node(json_node(1), **{"__id__": 1000})
    return with_attribute(logistic(), "extra", list_node(inner, **{"__id__": 1000}))


def a_reference_says_another_type():
    first = list_node(json_node(1), **{"__id__": 1000})
    again = node("CachedNode", "builtins.dict", **{"__id__": 1000})
    return with_attribute(logistic(), "extra", list_node(first, again))


def an_array(header, data=b""):
    schema, files = opened(logistic())
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, header)
    name = next(name for name in files if name.endswith(".npy"))
    return closed(schema, {**files, name: file.getvalue() + data})


def an_array_has_more_elements_than_memory():
    return an_array({"descr": "<f8", "fortran_order": False, "shape": (10**12,)})


def an_array_has_elements_without_bytes():
    return an_array({"descr": "|S0", "fortran_order": False, "shape": (10**15,)})


def an_array_has_pickled_objects():
    return an_array({"descr": "|O", "fortran_order": False, "shape": (1,)}, b"12345678")


def an_array_unpacks_arrays_into_objects():
    values = node("NdArrayNode", "numpy.ndarray", type="numpy", file="")
    schema, files = opened(logistic())
    values["file"] = next(name for name in files if name.endswith(".npy"))
    shape = node("TupleNode", "builtins.tuple", content=[json_node(1), json_node(1)])
    unpacked = node("NdArrayNode", "numpy.ndarray", type="json", content=[list_node(values)], shape=shape)
    schema["content"]["content"]["C"] = unpacked
    return closed(schema, files)


def tree_node(schema):
    return schema["content"]["content"]["tree_"]


def a_tree_has_more_outputs_than_counts_of_classes():
    def change(schema):
        tree_node(schema)["__reduce__"]["args"]["content"][2] = json_node(10**7)

    return with_schema(tree(), change)


def a_tree_has_fewer_nodes_than_it_says():
    def change(schema):
        tree_node(schema)["content"]["content"]["node_count"] = json_node(10**7)

    return with_schema(tree(), change)


def a_tree_has_no_nodes():
    def change(values):
        return values[:0] if values.dtype.names or values.ndim == 3 else None

    return with_arrays(tree(), change)


def a_tree_does_not_compare_the_number_of_columns():
    return with_attribute(tree(), "_validate_X_predict", node("FunctionNode", "numpy.abs"))


def a_model_is_equal_to_every_number_of_columns():
    model = tree()
    model.n_features_in_ = "two"
    return with_schema(model, lambda schema: None)


def boosting_takes_binned_values():
    return with_attribute(histogram(), "_in_fit", json_node(True))


def boosting_reads_more_columns_than_its_encoder_writes():
    model = histogram()
    name, transformer, columns = model._preprocessor.transformers_[1]
    model._preprocessor.transformers_[1] = (name, transformer, np.zeros_like(columns))
    return with_schema(model, lambda schema: None)


def boosting_gets_its_columns_from_another_model():
    model = histogram()
    model._preprocessor = make_pipeline(FunctionTransformer())
    return with_schema(model, lambda schema: None)


def boosting_has_a_category_beyond_its_bits():
    model = histogram()
    model._bin_mapper.bin_thresholds_[0] = np.array([0.0, 4096.0])
    return with_schema(model, lambda schema: None)


def one_hot(change):
    encoder = OneHotEncoder(min_frequency=2, handle_unknown="ignore").fit([["x"], ["x"], ["y"], ["z"]])
    change(encoder)
    return with_schema(encoder, lambda schema: None)


def an_encoder_writes_into_columns_that_do_not_exist():
    return one_hot(lambda encoder: setattr(encoder, "_n_features_outs", [1]))


def an_encoder_groups_categories_far_away():
    far = [np.array([0, FAR, 1])]
    return one_hot(lambda encoder: setattr(encoder, "_default_to_infrequent_mappings", far))


def an_encoder_searches_in_numbers_that_are_not_sorted():
    encoder = OneHotEncoder().fit([[1.0], [2.0], [3.0]])
    encoder.categories_ = [np.array([3.0, 2.0, 1.0])]
    return with_schema(encoder, lambda schema: None)


def a_random_state_reads_far_away():
    model = logistic()
    model.random_state = np.random.RandomState(0)

    def change(schema):
        state = schema["content"]["content"]["random_state"]["content"]["content"]["state"]
        state["content"]["pos"] = json_node(10**6)

    return with_schema(model, change)


def a_random_generator_reads_far_away():
    model = logistic()
    model.random_state = np.random.Generator(np.random.MT19937(0))
    return with_schema(model, lambda schema: None)


def a_function_writes_into_another_model():
    function = FunctionTransformer(np.square, kw_args={"out": np.zeros(3)})
    return with_schema(function, lambda schema: None)


def stacking_calls_a_method_that_changes_the_model():
    model = StackingClassifier([("line", SGDClassifier())], cv=2).fit(INPUTS, LABELS)
    model.stack_method_ = ["__setstate__"]
    return with_schema(model, lambda schema: None)


def a_function_is_an_object_that_can_be_called():
    function = FunctionTransformer()
    function.func = make_scorer(accuracy_score)
    return with_schema(function, lambda schema: None)


def a_list_is_an_array_of_a_size_in_the_file():
    return with_attribute(logistic(), "extra", node("ListNode", "numpy.ndarray", content=[json_node(10**12)]))


def a_file_is_missing():
    schema, _ = opened(logistic())
    return closed(schema, {})


def a_file_is_the_schema():
    return with_attribute(logistic(), "extra", node("BytesNode", "builtins.bytes", file="schema.json"))


def a_field_is_unknown():
    return with_attribute(logistic(), "extra", {**json_node(1), "loader": "x"})


def a_plain_value_is_a_list():
    return with_attribute(logistic(), "extra", json_node([[[]]]))


def an_older_protocol_is_used():
    return with_schema(logistic(), lambda schema: schema.update(protocol=0))


def a_set_holds_a_model():
    return with_attribute(logistic(), "extra", node("SetNode", "builtins.set", content=[list_node()]))


def coefficients_are_for_more_features():
    model = logistic()
    model.coef_ = np.zeros((1, 3))
    return with_schema(model, lambda schema: None)


def classes_are_a_table():
    model = logistic()
    model.classes_ = np.zeros((2, 2))
    return with_schema(model, lambda schema: None)


def a_forest_passes_fewer_columns_than_its_trees_read():
    model = RandomForestClassifier(2, max_depth=2).fit(INPUTS, LABELS)
    model.n_features_in_ = 1
    return with_schema(model, lambda schema: None)


def boosting_writes_more_scores_than_there_are():
    model = GradientBoostingClassifier(n_estimators=2).fit(INPUTS, LABELS)
    model.estimators_ = np.hstack([model.estimators_, model.estimators_])
    return with_schema(model, lambda schema: None)


def boosting_starts_from_a_forest():
    model = GradientBoostingClassifier(n_estimators=2, init=RandomForestClassifier(2)).fit(INPUTS, LABELS)
    return with_schema(model, lambda schema: None)


ATTACKS = {
    name: attack
    for name, attack in list(globals().items())
    if re.match(r"(a|an|two|few|lists|loading|boosting|stacking|coefficients|classes)_", name)
    and name not in ("a_bomb", "an_array")
}


def main():
    limit_memory()
    for name, attack in ATTACKS.items():
        print(json.dumps([name, outcome_of(attack())]), flush=True)


def outcome_of(artifact):
    try:
        load(artifact, **VERSION, max_bytes=LIMIT)
    except ArtifactRejected as refused:
        return str(refused)
    except BaseException as raw:
        return f"RAW {type(raw).__name__}: {raw}"
    return "LOADED"


def limit_memory():
    """Two gigabytes: a bomb that is unpacked raises MemoryError."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, 2 * 2**30))

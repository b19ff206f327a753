"""What must hold for a node of a skops schema beyond the kinds of its fields.

Each check runs after the nodes below were checked, and before skops builds any of them. It follows what the
loader of skops, and the constructor that the loader calls, do with the data.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from dbt_baton.artifacts import native_checks as native
from dbt_baton.artifacts.arrays import expect
from dbt_baton.artifacts.node_values import header, integers_in, is_plain, scalar

if TYPE_CHECKING:
    from dbt_baton.artifacts.node_types import Node
    from dbt_baton.artifacts.schema import Walk

KEY_TYPES = {"builtins.str", "builtins.int", "builtins.float"}
# Attributes with the name of a method that scikit-learn calls, and attributes that it calls.
METHODS = {"predict", "predict_proba", "decision_function", "auto", "drop"}
NAMES_OF_METHODS = {"response_method", "_response_method", "stack_method", "stack_method_"}
CALLED = {"func", "inverse_func", "score_func", "_score_func"}


def _json(walk: Walk, node: Node) -> None:
    value = json.loads(node["content"])
    expect(value is None or isinstance(value, (bool, int, float, str)), "a plain value is a container")


def _dict(walk: Walk, node: Node) -> None:
    """Check the types of the keys, which skops calls with the keys."""
    types = walk.resolve(node["key_types"])
    expect(
        types["__loader__"] == "ListNode" and len(types["content"]) == len(node["content"]),
        "a key has no type",
    )
    for key, type_node in zip(node["content"], types["content"], strict=True):
        key_type = walk.resolve(type_node)
        name = f"{key_type['__module__']}.{key_type['__class__']}"
        numeric = key_type["__module__"] == "numpy" and key_type["__class__"].rstrip("0123456789") in (
            "int",
            "uint",
            "float",
            "str_",
        )
        expect(
            key_type["__loader__"] == "TypeNode" and (name in KEY_TYPES or numeric),
            "the keys of a dict are neither texts nor numbers",
        )
        if "int" in name:
            int(key)
        elif "float" in name:
            float(key)


def _set(walk: Walk, node: Node) -> None:
    for item in node["content"]:
        expect(walk.resolve(item)["__loader__"] in ("JsonNode", "NdArrayNode"), "a set holds an object")


def _object(walk: Walk, node: Node) -> None:
    """Check the attributes, which are set as they are, so they must not replace methods."""
    if "content" not in node:
        return
    content = walk.resolve(node["content"])
    if content["__loader__"] == "JsonNode":
        expect(content["content"] == "null", "an object has no attributes")
        return
    expect(
        content["__loader__"] == "DictNode" and content["__class__"] == "dict", "an object has no attributes"
    )
    for name, item in content["content"].items():
        expect(
            _is_attribute(node["__module__"], node["__class__"], name),
            f"a {node['__class__']} has its own '{name[:50]}'",
        )
        value = walk.resolve(item)
        if name in NAMES_OF_METHODS:
            for method in value["content"] if value["__loader__"] in ("ListNode", "TupleNode") else [value]:
                known = scalar(walk, method)
                expect(
                    known is None or (isinstance(known, str) and known in METHODS),
                    f"'{name}' names another method than a prediction",
                )
        elif name in CALLED:
            expect(
                value["__loader__"] in ("FunctionNode", "PartialNode") or scalar(walk, value) is None,
                f"'{name}' is no function",
            )
        elif name in ("kw_args", "inv_kw_args"):
            expect(is_plain(walk, value) or scalar(walk, value) is None, f"'{name}' holds objects")
        elif name == "_in_fit":
            expect(scalar(walk, value) is False, "an estimator is being fitted")


@lru_cache(2**12)
def _is_attribute(module: str, of_type: str, name: str) -> bool:
    """Whether a name is free for a value: it is no method or property of the type."""
    in_class = inspect.getattr_static(getattr(import_module(module), of_type), name, None)
    return (
        name.isidentifier()
        and not name.startswith("__")
        and not callable(in_class)
        and not hasattr(in_class, "__get__")
    )


def _partial(walk: Walk, node: Node) -> None:
    """Check the arguments: an object among them could be called, or changed through `out`."""
    parts = {name: walk.resolve(part) for name, part in node["content"].items()}
    expect(parts["func"]["__loader__"] == "FunctionNode", "a partial is not of a function")
    expect(
        parts["args"]["__loader__"] == "TupleNode" and parts["kwds"]["__loader__"] == "DictNode",
        "a partial has no arguments",
    )
    expect(is_plain(walk, parts["args"]) and is_plain(walk, parts["kwds"]), "a partial holds objects")
    namespace = parts["namespace"]
    expect(
        namespace["content"] == ("null" if namespace["__loader__"] == "JsonNode" else {}),
        "a partial has attributes",
    )


def _array(walk: Walk, node: Node) -> None:
    if node["type"] == "numpy":
        shape_in_file = walk.header(node["file"]).shape
        expect(node["__class__"] == "ndarray" or shape_in_file == (), "a number is an array")
        return
    expect(node["__class__"] == "ndarray", "a number is a list")
    shape = integers_in(walk, node["shape"])
    if len(shape) == 1:
        expect(len(node["content"]) == shape[0], "an array has another shape than its items")
        return
    # skops makes an array of nested lists, and numpy would unpack any sequence in them
    items = node["content"]
    for size in shape[1:]:
        rows = [walk.resolve(row) for row in items]
        expect(
            all(row["__loader__"] == "ListNode" and len(row["content"]) == size for row in rows),
            "an array has another shape than its items",
        )
        items = [item for row in rows for item in row["content"]]
    expect(len(shape) > 1 and len(node["content"]) == shape[0], "an array has another shape than its items")
    expect(
        all(_is_single(walk.resolve(item)) for item in items),
        "an array holds sequences",
    )


def _masked_array(walk: Walk, node: Node) -> None:
    for part in node["content"].values():
        expect(walk.resolve(part)["__loader__"] == "NdArrayNode", "a masked array is not made of arrays")
    mask = header(walk, node["content"]["mask"])
    expect(mask.dtype == bool, "a mask is not made of booleans")


def _dtype(walk: Walk, node: Node) -> None:
    array = walk.resolve(node["content"])
    expect(
        array["__loader__"] == "NdArrayNode" and array["__class__"] == "ndarray", "a dtype is not in an array"
    )
    if array["type"] == "numpy":
        expect(math.prod(header(walk, array).shape) == 0, "a dtype is in an array with values")
    else:
        expect(not array["content"], "a dtype is in an array with values")


def _is_single(node: Node) -> bool:
    is_number = node["__loader__"] == "NdArrayNode" and node["__class__"] != "ndarray"
    return is_number or node["__loader__"] in ("JsonNode", "ObjectNode")


CHECKS: dict[str, Callable[[Walk, Node], None]] = {
    "DTypeNode": _dtype,
    "DictNode": _dict,
    "JsonNode": _json,
    "LossNode": native.check_loss,
    "MaskedArrayNode": _masked_array,
    "NdArrayNode": _array,
    "ObjectNode": _object,
    "PartialNode": _partial,
    "RandomGeneratorNode": native.check_random_generator,
    "RandomStateNode": native.check_random_state,
    "SetNode": _set,
    "SparseMatrixNode": native.check_sparse,
    "TreeNode": native.check_tree,
}

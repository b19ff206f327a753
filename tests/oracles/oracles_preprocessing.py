"""The result of scikit-learn for the same rows: the fitted parameters and the transformed columns.

Transformers that scikit-learn does not have are implemented in plain Python. A table is a dictionary of columns, each a
list of Python values; missing values, including NaN and infinity, are None.
"""

from __future__ import annotations

import hashlib
import math
import re
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn import preprocessing
from sklearn.impute import SimpleImputer

from oracles import is_missing

Table = dict[str, list[Any]]
Parameter = dict[str, Any]
Change = Callable[[Table], Table]
"""From the columns of a step to the columns that take their place."""

# parameters that scikit-learn does not have, or that are set here
OURS = {"transformer", "columns", "name", "target", "fold_by", "cross_fit", "cv"}


class Fit:
    """All steps, fitted one after the other on the training rows."""

    def __init__(
        self, transformers: Sequence[Mapping[str, Any]], train: pd.DataFrame, engine: str = "duckdb"
    ) -> None:
        self.engine = engine
        self.parameters: list[Parameter] = []
        self.steps: list[tuple[Mapping[str, Any], list[str], Change]] = []
        table = table_of(train)
        for step in transformers:
            columns = [step["columns"]] if isinstance(step["columns"], str) else list(step["columns"])
            self._step, self._columns = step, columns
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                change = getattr(self, "_" + step["transformer"])(
                    {name: table[name] for name in columns}, table
                )
                self.table = table
                table = replaced(table, columns, change({name: table[name] for name in columns}))
            self.steps.append((step, columns, change))

    def transform(self, test: pd.DataFrame, keep: Sequence[str] | None = None) -> Table:
        """All columns in their places, new ones after them; or those of `keep` and what the steps made."""
        table, made, touched = table_of(test), list[str](), set[str]()
        for _, columns, change in self.steps:
            self.table = table
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                new = change({name: table[name] for name in columns})
            table = replaced(table, columns, new)
            made = [name for name in made if name not in columns] + list(new)
            touched.update(columns)
        # columns without a step stay as they are, including infinity
        raw = {str(name): plain_cells(test[name]) for name in test.columns if name not in touched}
        if keep is None:
            return {name: raw.get(name, values) for name, values in table.items()}
        return {**{name: raw[name] for name in keep}, **{name: table[name] for name in made}}

    # the fitted table

    def _row(self, column: str, parameter: str, value: Any, **rest: Any) -> None:
        """Add a row for a parameter; text goes to value_text, everything else to value_number, with NaN as NULL."""
        is_text = isinstance(value, str)
        self.parameters.append(
            {
                "transformer": self._step.get("name") or self._step["transformer"],
                "column_name": column,
                "parameter": parameter,
                "category": rest.get("category"),
                "position": rest.get("position"),
                "value_number": None if is_text or is_missing(value) else float(value),
                "value_text": value if is_text else rest.get("value_text"),
            }
        )

    def _rows(self, names: Mapping[str, Any]) -> None:
        """Add rows for a parameter with one number per column."""
        for parameter, values in names.items():
            for place, column in enumerate(self._columns):
                if values is not None:
                    self._row(column, parameter, np.broadcast_to(values, len(self._columns))[place])

    def _options(self) -> dict[str, Any]:
        return {
            key: tuple(value) if isinstance(value, list) and key != "categories" else value
            for key, value in self._step.items()
            if key not in OURS
        }

    # scalers

    def _scaler(self, columns: Table, scaler: Any, **parameters: str) -> Change:
        scaler.fit(numbers(columns))
        self._rows({name: getattr(scaler, attribute) for name, attribute in parameters.items()})
        return lambda table: as_table(table, scaler.transform(numbers(table)))

    def _standard_scaler(self, columns: Table, _: Table) -> Change:
        scaler = preprocessing.StandardScaler(**self._options())
        names = {"mean": "mean_", "var": "var_", "scale": "scale_", "n_samples_seen": "n_samples_seen_"}
        return self._scaler(columns, scaler, **names)

    def _min_max_scaler(self, columns: Table, _: Table) -> Change:
        scaler = preprocessing.MinMaxScaler(**self._options())
        names = {"data_min": "data_min_", "data_max": "data_max_", "scale": "scale_", "min": "min_"}
        return self._scaler(columns, scaler, **names)

    def _max_abs_scaler(self, columns: Table, _: Table) -> Change:
        scaler = preprocessing.MaxAbsScaler(**self._options())
        return self._scaler(columns, scaler, max_abs="max_abs_", scale="scale_")

    def _robust_scaler(self, columns: Table, _: Table) -> Change:
        scaler = preprocessing.RobustScaler(**self._options())
        return self._scaler(columns, scaler, center="center_", scale="scale_")

    def _quantile_transformer(self, columns: Table, _: Table) -> Change:
        scaler = preprocessing.QuantileTransformer(**self._options(), subsample=None)
        scaler.fit(numbers(columns))
        for column, quantiles in zip(self._columns, scaler.quantiles_.T, strict=True):
            for position, quantile in enumerate(quantiles):
                self._row(column, "quantile", quantile, position=position)
        return lambda table: as_table(table, scaler.transform(numbers(table)))

    def _normalizer(self, columns: Table, _: Table) -> Change:
        """A row with something missing has no length, so it has no values."""
        scaler = preprocessing.Normalizer(**self._options())

        def change(table: Table) -> Table:
            values = numbers(table)
            whole = ~np.isnan(values).any(axis=1)
            values[~whole] = np.nan
            if whole.any():
                values[whole] = scaler.fit_transform(values[whole])
            return as_table(table, values)

        return change

    def _k_bins_discretizer(self, columns: Table, _: Table) -> Change:
        """A missing value is in no bin: NULL as a number, 0 in every column."""
        options = self._options()
        encode = options.pop("encode", "onehot")
        bins = {}
        for name, values in columns.items():
            known = numbers({name: [value for value in values if value is not None]})
            bins[name] = preprocessing.KBinsDiscretizer(**options, encode="ordinal", subsample=None).fit(
                known
            )
            for position, edge in enumerate(bins[name].bin_edges_[0]):
                self._row(name, "bin_edge", edge, position=position)

        def change(table: Table) -> Table:
            result: Table = {}
            for name, values in table.items():
                codes = [
                    None if value is None else float(bins[name].transform([[float(value)]])[0, 0])
                    for value in values
                ]
                if encode == "ordinal":
                    result[name] = list(codes)
                    continue
                for code in range(int(bins[name].n_bins_[0])):
                    result[f"{name}_{float(code)}"] = [float(one == code) for one in codes]
            return result

        return change

    # encoders

    def text(self, value: Any) -> str | None:
        """A category as SQL writes it: a whole number as an integer, a tiny one as the engine does."""
        if value is None:
            return None
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float | Decimal):
            text = str(int(value)) if value == int(value) else repr(float(value))
            return f"{Decimal(text):f}" if self.engine == "postgres" else text
        return str(value)

    def _given(self, place: int) -> Any:
        given = self._step.get("categories", "auto")
        return "auto" if given == "auto" else [list(given[place])]

    def _one_hot_encoder(self, columns: Table, _: Table) -> Change:
        options = {key: value for key, value in self._options().items() if key != "categories"}
        encoders: dict[str, Any] = {}
        names: dict[str, list[str]] = {}
        for place, (name, values) in enumerate(columns.items()):
            given = self._given(place)
            encoder = preprocessing.OneHotEncoder(**options, categories=given, sparse_output=False)
            encoder.fit(objects({name: values}))
            encoders[name] = encoder
            categories = list(encoder.categories_[0])
            counts = Counter(values)
            for position, category in enumerate(categories):
                count = None if given != "auto" else counts[category]
                self._row(name, "category", count, category=self.text(category), position=position)
            infrequent = getattr(encoder, "_infrequent_indices", None)
            if infrequent is not None and infrequent[0] is not None:
                for index in infrequent[0]:
                    self._row(name, "infrequent", None, category=self.text(categories[index]))
            if encoder.drop_idx_ is not None and encoder.drop_idx_[0] is not None:
                self._row(name, "drop", None, category=self.text(categories[encoder.drop_idx_[0]]))
            made = list(encoder.get_feature_names_out([name]))
            for category in categories:
                old, new = f"{name}_{category}", f"{name}_{self.text(category) or category}"
                made = [new if one == old else one for one in made]
            names[name] = made

        def change(table: Table) -> Table:
            result: Table = {}
            for name, values in table.items():
                if values:
                    made = encoders[name].transform(objects({name: values})).T.tolist()
                else:
                    made = [[] for _ in names[name]]
                result.update(zip(names[name], made, strict=True))
            return result

        return change

    def _ordinal_encoder(self, columns: Table, _: Table) -> Change:
        options = {key: value for key, value in self._options().items() if key != "categories"}
        for key in ("unknown_value", "encoded_missing_value"):
            if key in options and options[key] is None:
                options[key] = np.nan
        if options.get("handle_unknown") == "use_encoded_value":
            options.setdefault("unknown_value", np.nan)
        encoders = {}
        for place, (name, values) in enumerate(columns.items()):
            encoder = preprocessing.OrdinalEncoder(**options, categories=self._given(place))
            encoder.fit(objects({name: values}, missing=math.nan))
            encoders[name] = encoder
            codes = encoder.transform(np.array([[one] for one in encoder.categories_[0]], dtype=object))[:, 0]
            for position, (category, code) in enumerate(zip(encoder.categories_[0], codes, strict=True)):
                category = None if is_missing(category) else category
                self._row(name, "category", code, category=self.text(category), position=position)
        return lambda table: {
            name: plain(encoders[name].transform(objects({name: values}, missing=math.nan))[:, 0])
            if values
            else []
            for name, values in table.items()
        }

    def _label_encoder(self, columns: Table, _: Table) -> Change:
        encoders = {}
        for name, values in columns.items():
            encoders[name] = preprocessing.LabelEncoder().fit(objects({name: values})[:, 0])
            for position, category in enumerate(encoders[name].classes_):
                self._row(name, "category", position, category=self.text(category), position=position)
        return lambda table: {
            name: encoders[name].transform(objects({name: values})[:, 0]).tolist() if values else []
            for name, values in table.items()
        }

    def _target_encoder(self, columns: Table, table: Table) -> Change:
        """The encoding from all rows, and for the rows of `cross_fit` the one from the rows of the other folds."""
        step = self._step
        target, cv = table[step["target"]], step.get("cv", 5)
        rows = [row for row, value in enumerate(target) if value is not None]
        encoders: dict[str, dict[int | None, Any]] = {}
        for name, values in columns.items():
            encoders[name] = {None: self._target_encoding(name, values, target, rows, None)}
            if step.get("cross_fit"):
                folds = self._folds(step, table)
                for fold in range(cv):
                    others = [row for row in rows if folds[row] != fold]
                    encoders[name][fold] = self._target_encoding(name, values, target, others, fold)

        def change(test: Table) -> Table:
            folds: list[int | None] = [None] * len(next(iter(test.values())))
            if step.get("cross_fit"):
                column, value = re.fullmatch(r"(\w+) = '(\w+)'", step["cross_fit"]).groups()  # type: ignore[union-attr]
                crossed = [one == value for one in self.table[column]]
                folds = [
                    fold if cross else None
                    for fold, cross in zip(self._folds(step, self.table), crossed, strict=True)
                ]
            result: Table = {}
            for name, values in test.items():
                by_fold = {
                    fold: target_columns(encoder, name, values) for fold, encoder in encoders[name].items()
                }
                for made in by_fold[None]:
                    result[made] = [by_fold[fold][made][row] for row, fold in enumerate(folds)]
            return result

        return change

    def _folds(self, step: Mapping[str, Any], table: Table) -> list[int]:
        columns = [step["fold_by"]] if isinstance(step["fold_by"], str) else step["fold_by"]
        return [
            fold_of([self.text(value) for value in values], step.get("cv", 5))
            for values in zip(*(table[name] for name in columns), strict=True)
        ]

    def _target_encoding(
        self, name: str, values: list[Any], target: list[Any], rows: Sequence[int], fold: int | None
    ) -> Any:
        encoder = preprocessing.TargetEncoder(**self._options())
        encoder.fit(objects({name: [values[row] for row in rows]}), [target[row] for row in rows])
        classes = encoder.classes_ if encoder.target_type_ == "multiclass" else [None]
        means = np.atleast_1d(encoder.target_mean_)
        for label, mean, encoding in zip(classes, means, encoder.encodings_, strict=True):
            where = {"position": fold, "value_text": self.text(label)}
            self._row(name, "target_mean", mean, **where)
            for category, value in zip(encoder.categories_[0], encoding, strict=True):
                self._row(name, "encoding", value, category=self.text(category), **where)
        return encoder

    def _frequency_encoder(self, columns: Table, _: Table) -> Change:
        shares = {}
        for name, values in columns.items():
            shares[name] = {one: count / len(values) for one, count in Counter(values).items()}
            for category, share in shares[name].items():
                self._row(name, "frequency", share, category=self.text(category))
        return lambda table: {
            name: [shares[name].get(value, 0.0) for value in values] for name, values in table.items()
        }

    def _hashing_encoder(self, columns: Table, _: Table) -> Change:
        """The bucket of category_encoders' HashingEncoder, which skips what is missing."""
        count = self._step.get("n_components", 8)

        def change(table: Table) -> Table:
            result: Table = {}
            for name, values in table.items():
                buckets = [
                    None
                    if value is None
                    else int(hashlib.md5(str(self.text(value)).encode()).hexdigest(), 16) % count
                    for value in values
                ]
                for bucket in range(count):
                    result[f"{name}_{bucket}"] = [float(one == bucket) for one in buckets]
            return result

        return change

    # the rest

    def _simple_imputer(self, columns: Table, _: Table) -> Change:
        options = self._options()
        indicator = options.pop("add_indicator", False)
        strategy, fill = options.get("strategy", "mean"), options.get("fill_value")
        imputers = {}
        for name, values in columns.items():
            known = [value for value in values if value is not None]
            is_number = not any(isinstance(value, str | bool) for value in known)
            if is_number and isinstance(options.get("fill_value"), str):
                is_number = False
            missing: Any = math.nan if is_number else None
            imputer = SimpleImputer(**options, missing_values=missing, keep_empty_features=True)
            imputer.fit(numbers({name: values}) if is_number else objects({name: values}))
            imputers[name] = (imputer, is_number)
            statistic = imputer.statistics_[0]
            if isinstance(statistic, bool):
                statistic = self.text(statistic)
            self._row(name, "statistic", statistic)

        def change(table: Table) -> Table:
            result: Table = {}
            for name, values in table.items():
                imputer, is_number = imputers[name]
                made = imputer.transform(numbers({name: values}) if is_number else objects({name: values}))
                result[name] = plain(made[:, 0])
                if strategy in ("most_frequent", "constant") and all(map(is_whole, [*values, fill])):
                    result[name] = [int(value) for value in result[name]]
            if indicator:
                for name, values in table.items():
                    result[f"missingindicator_{name}"] = [float(value is None) for value in values]
            return result

        return change

    def _clip(self, columns: Table, _: Table) -> Change:
        bounds: dict[str, list[float | None]] = {}
        for name, values in columns.items():
            known = [float(value) for value in values if value is not None]
            bounds[name] = []
            for side in ("lower", "upper"):
                bound = self._step.get(side)
                if self._step.get(f"{side}_quantile") is not None:
                    bound = float(np.quantile(known, self._step[f"{side}_quantile"])) if known else None
                bounds[name].append(bound)
                self._row(name, side, bound)

        def change(table: Table) -> Table:
            return {
                name: [None if value is None else clipped(float(value), *bounds[name]) for value in values]
                for name, values in table.items()
            }

        return change

    def _log1p(self, columns: Table, _: Table) -> Change:
        return lambda table: as_table(table, np.log1p(numbers(table)))

    def _cyclical(self, columns: Table, _: Table) -> Change:
        """Hours count from midnight, days from Monday, months from January; whole hours."""
        given = self._step["period"]
        places: dict[str, tuple[int, Callable[[Any], int]]] = {
            "hour": (24, lambda moment: moment.hour),
            "day_of_week": (7, lambda moment: moment.weekday()),
            "month": (12, lambda moment: moment.month - 1),
        }

        def change(table: Table) -> Table:
            result: Table = {}
            for name, values in table.items():
                for period in [given] if isinstance(given, str) else given:
                    length, place = places[period]
                    for function in (math.sin, math.cos):
                        result[f"{name}_{period}_{function.__name__}"] = [
                            None if value is None else function(2 * math.pi * place(value) / length)
                            for value in values
                        ]
            return result

        return change

    def _polynomial_features(self, columns: Table, _: Table) -> Change:
        """A product with something missing is missing."""
        maker = preprocessing.PolynomialFeatures(**self._options()).fit(np.zeros((1, len(columns))))
        names = list(maker.get_feature_names_out(list(columns)))

        def change(table: Table) -> Table:
            values = numbers(table)
            made = np.ones((len(values), len(names)))
            for place, powers in enumerate(maker.powers_):
                for column, power in enumerate(powers):
                    if power:
                        made[:, place] *= values[:, column] ** power
            return {name: plain(made[:, place]) for place, name in enumerate(names)}

        return change


def table_of(frame: pd.DataFrame) -> Table:
    """The columns of a frame as lists; NaN and infinity are missing."""
    return {
        str(name): [
            None
            if is_missing(value) or (isinstance(value, float | Decimal) and not math.isfinite(value))
            else value
            for value in frame[name].astype(object).tolist()
        ]
        for name in frame.columns
    }


def plain_cells(column: pd.Series[Any]) -> list[Any]:
    """A column as Python values, with missing values as None."""
    return [None if is_missing(value) else value for value in column.astype(object).tolist()]


def numbers(table: Table) -> npt.NDArray[np.float64]:
    """The columns as doubles, shape (n_rows, n_columns), NaN where missing."""
    return np.array(
        [[math.nan if value is None else float(value) for value in values] for values in table.values()]
    ).T.reshape(-1, len(table))


def objects(table: Table, missing: float | None = None) -> npt.NDArray[Any]:
    """The columns as Python objects, shape (n_rows, n_columns)."""
    values = list(table.values())
    result = np.empty((len(values[0]), len(values)), dtype=object)
    for place, column in enumerate(values):
        result[:, place] = [missing if value is None else value for value in column]
    return result


def plain(values: Any) -> list[Any]:
    """An array as Python values, NaN as None; infinity, which a double overflows to, as None too."""
    return [
        None if is_missing(value) or (isinstance(value, float) and not math.isfinite(value)) else value
        for value in np.asarray(values).tolist()
    ]


def is_whole(value: Any) -> bool:
    """Whether a value is an integer, or missing."""
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def as_table(table: Table, values: Any) -> Table:
    """The columns' names with new values, shape (n_rows, n_columns)."""
    return {name: plain(values[:, place]) for place, name in enumerate(table)}


def replaced(table: Table, columns: Sequence[str], made: Table) -> Table:
    """The table with columns in place where the name stays, gone where it does not, and new ones at the end."""
    kept = {
        name: made.get(name, values) for name, values in table.items() if name not in columns or name in made
    }
    return {**kept, **{name: values for name, values in made.items() if name not in kept}}


def target_columns(encoder: Any, name: str, values: list[Any]) -> Table:
    """A column's encoding, one column for each class where there are more than two."""
    names = encoder.get_feature_names_out([name])
    if not values:
        return {str(made): [] for made in names}
    made = encoder.transform(objects({name: values}))
    return {str(one): made[:, place].tolist() for place, one in enumerate(names)}


def clipped(value: float, lower: float | None, upper: float | None) -> float:
    """A number within its bounds."""
    value = value if lower is None else max(value, lower)
    return value if upper is None else min(value, upper)


def fold_of(texts: Sequence[str | None], cv: int) -> int:
    """The fold of a row by the text of its `fold_by` columns: the place of the surrogate key's md5 in [0, 1)."""
    joined = "-".join("_dbt_utils_surrogate_key_null_" if text is None else text for text in texts)
    return int(int(hashlib.md5(joined.encode()).hexdigest()[:8], 16) / 2**32 * cv)

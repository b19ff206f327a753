"""Apache Spark: one session in the process of the tests, with a metastore in memory; tables are Iceberg's on Spark 3.5, parquet on 4."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench import SCHEMA, Engine, Project, arrow_table


def _is_spark_4() -> bool:
    try:
        return int(version("pyspark").split(".")[0]) >= 4
    except PackageNotFoundError:
        return False


IS_SPARK_4 = _is_spark_4()
FILE_FORMAT = "parquet" if IS_SPARK_4 else "iceberg"
needs_merge = pytest.mark.skipif(
    IS_SPARK_4, reason="it merges rows, which parquet has no merge for; Spark 3.5 runs it with Iceberg"
)


def missing_spark() -> str | None:
    """Why Spark is not available, or None if it is."""
    for package in (
        "pyspark",
        "dbt.adapters.spark",
        *(() if IS_SPARK_4 else ("snowpark_connect_deps_iceberg",)),
    ):
        if find_spec(package) is None:
            return f"there is no Python package {package}; make spark runs its tests in an environment of their own"
    if shutil.which("java") is None:
        return "there is no Java 17; Debian's is openjdk-17-jre-headless"
    return None


@cache
def spark_session() -> Any:
    """The session of this process, tuned for tables of a few hundred rows: there, planning and compiling cost more than running."""
    from pyspark.sql import SparkSession

    root = tempfile.mkdtemp(prefix="spark_")
    settings = {
        "spark.master": "local[1]",
        "spark.driver.memory": "2g",
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={root} -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": f"{root}/warehouse",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:memory:metastore;create=true",
        **({} if IS_SPARK_4 else _settings_of_spark_3()),
    }
    builder = SparkSession.builder.enableHiveSupport()
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def _settings_of_spark_3() -> dict[str, str]:
    import snowpark_connect_deps_iceberg

    jars = Path(snowpark_connect_deps_iceberg.__file__).parent / "jars"
    return {
        # a CTE may have the name of one outside of it; so on Spark 4 without a setting
        "spark.sql.legacy.ctePrecedencePolicy": "CORRECTED",
        "spark.jars": str(next(jars.glob("iceberg-spark-runtime-3.5_2.12-*.jar"))),
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.spark_catalog": "org.apache.iceberg.spark.SparkSessionCatalog",
        "spark.sql.catalog.spark_catalog.type": "hive",
        "spark.hadoop.iceberg.engine.hive.lock-enabled": "false",
    }


def spark_cpu_seconds() -> float:
    """CPU seconds of the session's Java process, where Linux tells them; 0 without a session."""
    if not spark_session.cache_info().currsize:
        return 0.0
    times = Path(f"/proc/{spark_session().sparkContext._gateway.proc.pid}/stat")
    if not times.exists():
        return 0.0
    user, system = times.read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


class Spark(Engine):
    """The databases of the session. Names in double quotes are written with Spark's backticks."""

    name = "spark"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.session = spark_session()
        self.clear()

    def clear(self) -> None:
        for database in self.session.sql("show databases").collect():
            if database[0].startswith(SCHEMA):
                self.session.sql(f"drop database `{database[0]}` cascade")
        self.session.sql(f"create database {SCHEMA}")

    def profile(self) -> dict[str, Any]:
        return {"type": "spark", "method": "session", "host": "none", "schema": SCHEMA, "threads": 1}

    def settings(self) -> dict[str, Any]:
        return {"+file_format": FILE_FORMAT}

    def execute(self, sql: str) -> None:
        for statement in sql.split(";"):
            if statement.strip():
                self.session.sql(statement.replace('"', "`"))

    def query(self, sql: str) -> pd.DataFrame:
        return self.rows(sql.replace('"', "`"))

    def rows(self, sql: str) -> pd.DataFrame:
        """The result of Spark's own SQL."""
        found = self.session.sql(sql)
        rows = found.collect()
        return pd.DataFrame(
            {
                name: pd.Series([row[place] for row in rows], dtype=object)
                for place, name in enumerate(found.columns)
            }
        )

    def write(self, name: str, frame: pd.DataFrame) -> None:
        table = arrow_table(frame)
        for place, field in enumerate(table.schema):
            if pa.types.is_timestamp(field.type):
                # a timestamp without zone would be read as TIMESTAMP_NTZ
                column = table.column(place).cast(pa.timestamp("us"))
                table = table.set_column(place, field.name, column.cast(pa.timestamp("us", tz="UTC")))
            elif pa.types.is_null(field.type):
                table = table.set_column(place, field.name, table.column(place).cast(pa.string()))
        directory = self.root / f"{name}_{uuid.uuid4().hex[:8]}"
        directory.mkdir()
        pq.write_table(table, directory / "rows.parquet")
        self.session.sql(f"drop table if exists {SCHEMA}.`{name}`")
        self.session.sql(f"create table {SCHEMA}.`{name}` using parquet location '{directory}'")
        # Iceberg's catalog remembers the files of the table that was dropped
        self.session.sql(f"refresh table {SCHEMA}.`{name}`")


def plan_of(project: Project, model: str) -> Any:
    """How Spark runs a model that the last build made."""
    (text,) = (result.node.compiled_code for result in project.results if result.node.name == model)
    return project.engine.session.sql(text)._jdf.queryExecution()  # type: ignore[attr-defined]

"""An engine says of every table what plain Python says of it: comparisons, codes, pages in their order, sums of a report."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.node.answers import Case, answers, cases, every_value, expected
from tests.node.parts import parted
from tongqu.node.config import read_config
from tongqu.node.engines import DuckEngine, Unfit, codes, engine_of
from tongqu.node.engines.columns import Kind, columns_of
from tongqu.node.engines.comparing import fitted
from tongqu.node.engines.spark import process
from tongqu.node.engines.statements import DUCKDB, SPARK, Bound, rows_of, written
from tongqu.node.faults import NodeFault
from tongqu.wire.source import Question, Title


def test_every_nasty_value_is_answered_as_python_answers_it(tmp_path: Path) -> None:
    case = every_value()
    assert answers(DuckEngine(tmp_path / "spill"), case, tmp_path) == expected(case)


def test_a_text_that_is_what_a_group_without_a_value_is_called_belongs_to_it(tmp_path: Path) -> None:
    """Else a smaller group would not be seen to lie within it, and could be found by subtraction."""
    case = every_value()
    filled = [at for at, moment in enumerate(case.table["n"].to_pylist()) if moment is not None][:1] * 2
    table = case.table.take(filled)
    texts = table.schema.get_field_index("t")
    table = table.set_column(texts, "t", pa.array([None, "—"]))
    alike = replace(case, table=table, by="n", period="n")
    assert answers(DuckEngine(tmp_path / "spill"), alike, tmp_path) == expected(alike)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(cases())
def test_any_table_is_answered_as_python_answers_it(case: Case) -> None:
    with TemporaryDirectory() as folder:
        assert answers(DuckEngine(Path(folder) / "spill"), case, Path(folder)) == expected(case)


# -- comparisons ---------------------------------------------------------------------------------------------------------

EXACT = [Kind("whole"), Kind("whole", 20, 0), Kind("decimal", 3, 2), Kind("decimal", 38, 20)]
VALUES = st.decimals(-(10**18), 10**18, allow_nan=False, places=12) | st.sampled_from(
    [Decimal(2**63), Decimal(-(2**63)), Decimal("9.995"), Decimal("-9.99"), Decimal("0.005")]
)
HOLDS = {
    "eq": lambda cell, value: cell == value, "lt": lambda cell, value: cell < value, "le": lambda cell, value: cell <= value,
    "gt": lambda cell, value: cell > value, "ge": lambda cell, value: cell >= value,
}  # fmt: skip


@given(st.sampled_from(EXACT), st.sampled_from(sorted(HOLDS)), VALUES, st.data())
def test_a_comparison_means_the_same_once_it_fits_its_column(
    kind: Kind, compare: str, value: Decimal, data: Any
) -> None:
    least, most = kind.units
    near = int(Fraction(value) * 10**kind.scale)
    units = data.draw(
        st.integers(least, most) | st.integers(-2, 2).map(lambda step: min(max(near + step, least), most))
    )
    cell, test = Fraction(units, 10**kind.scale), fitted(kind, compare, [value])
    wanted = HOLDS[compare](cell, Fraction(value))
    assert wanted == (bool(test.values) and HOLDS[test.compare](cell, Fraction(test.values[0])))
    for bound in test.values:
        assert least <= Fraction(bound) * 10**kind.scale <= most


@pytest.mark.parametrize(("word", "compare"), [("whole", "starts"), ("flag", "lt"), ("moment", "eq"), ("other", "eq")])
def test_a_comparison_that_a_column_does_not_know_is_none(word: str, compare: str) -> None:
    with pytest.raises(ValueError, match=compare):
        fitted(Kind(word), compare, [1])


# -- statements ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", [DUCKDB, SPARK])
def test_no_value_and_no_name_of_the_data_stands_in_a_statement(dialect: str) -> None:
    columns = columns_of(pa.schema([("'; DROP TABLE held; --", pa.string())]), ["'; DROP TABLE held; --"])
    bound, seen = Bound(), rows_of(columns)
    text = written(seen.filter(seen.c0 == bound("武汉' OR 1=1", "string")), dialect)
    assert "DROP" not in text
    assert "武汉" not in text
    assert bound.values == {"p0": "武汉' OR 1=1"}


def test_what_is_beyond_all_bounds_is_a_fault_of_the_source_and_not_of_the_node(tmp_path: Path) -> None:
    kept = parted(tmp_path / "kept", pa.table({"x": [1]}))
    kept.files[0].write_bytes(b"PAR1 torn PAR1")
    question = Question("q", Title("问", "Q"), "id", "x", "yes_no", "eq", ("1",))
    with pytest.raises(Unfit):
        codes.work_out(DuckEngine(tmp_path / "spill"), kept, 1, [question])
    assert list((tmp_path / "spill").iterdir()) == []


def test_loading_sees_no_other_file_and_no_setting(tmp_path: Path) -> None:
    import duckdb

    kept = parted(tmp_path / "kept", pa.table({"x": [1]}))
    (tmp_path / "other.csv").write_text("a\n1\n", encoding="utf-8")
    reading = DuckEngine(tmp_path / "spill")._reading(kept, columns_of(kept.schema, ["x"]), kept.files)
    statements = [
        f"SELECT * FROM read_csv('{tmp_path}/other.csv')", "SELECT * FROM '/etc/passwd'", "INSTALL httpfs", "LOAD httpfs",
        "SET memory_limit = '16GB'", "SET enable_external_access = true", f"ATTACH '{tmp_path}/x.duckdb'",
    ]  # fmt: skip
    with reading as engine:
        for statement in statements:
            with pytest.raises(duckdb.Error):
                engine.execute(statement)
        assert engine.execute("SELECT c0 FROM seen").fetchall() == [(1,)]


# -- the setting -----------------------------------------------------------------------------------------------------------

NODE = '[node]\nname = "n"\nexchange = "http://x.test"\n'


def test_without_a_setting_it_is_duckdb(tmp_path: Path) -> None:
    (tmp_path / "node.toml").write_text(NODE, encoding="utf-8")
    engine = read_config(tmp_path / "node.toml").engine
    assert (engine.kind, engine.seconds) == ("duckdb", 5)


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ('kind = "polars"', "engine.kind"),
        ('kind = "duckdb"\nmaster = "local[2]"', "engine.master"),
        ('kind = "spark"\nmaster = "spark://10.0.0.1:7077"', "engine.master"),
        ('kind = "spark"\nmaster = "local-cluster[2,1,512]"', "engine.master"),  # less than memory_mb
        ('kind = "spark"\nmemory_mb = 10', "engine.memory_mb"),
        ('kind = "spark"\nseconds = 0', "engine.seconds"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, told: str, named: str) -> None:
    (tmp_path / "node.toml").write_text(f"{NODE}[engine]\n{told}\n", encoding="utf-8")
    with pytest.raises(NodeFault) as fault:
        read_config(tmp_path / "node.toml")
    assert named in fault.value.words.en


@pytest.mark.parametrize("missing", ["java", "pyspark"])
def test_spark_that_is_not_there_keeps_the_node_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    (tmp_path / "node.toml").write_text(f'{NODE}[engine]\nkind = "spark"\n', encoding="utf-8")
    (tmp_path / "bin").mkdir()
    if missing == "pyspark":
        (tmp_path / "bin" / "java").touch(mode=0o755)
    monkeypatch.setattr(process, "find_spec", lambda name: None)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(NodeFault) as fault:
        engine_of(read_config(tmp_path / "node.toml").engine, tmp_path / "state")
    assert fault.value.code == "no-spark"
    assert ("Java" if missing == "java" else "pyspark") in fault.value.words.en

"""What a mark withstands, and whom it never accuses: leaked copies as people really alter them."""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongqu.node.watermark import Suspect, Unmarkable, Verdict, judge, try_version
from tongqu.node.watermark.cells import grain_of, moved
from tongqu.node.watermark.scoring import accuses, chance, evident, score
from tongqu.node.watermark.signs import contract_key, signs
from tongqu.node.watermark.writing import FILE, PARQUET, Mark, write_copy
from tongqu.wire.watermark import MarkedColumn, Pair, Watermark

ROWS = 5_000
SUSPECTS = 500
WATERMARK = Watermark(
    (
        MarkedColumn("power", tolerance="0.02"),
        MarkedColumn("at", seconds=30),
        MarkedColumn("kind", pairs=(Pair("男", "M"), Pair("女", "F"))),
    )
)


def _key(contract: str) -> bytes:
    return contract_key(b"s" * 32, contract=contract, source="s", version="v")


def _csv(rows: int = ROWS) -> bytes:
    drawn = random.Random(5)
    out = io.StringIO()
    out.write("id,power,at,kind,note\n")
    for number in range(rows):
        moment = f"2024-{number % 12 + 1:02d}-{number % 28 + 1:02d} {number % 24:02d}:{drawn.randrange(60):02d}:{drawn.randrange(60):02d}"
        out.write(f'{number:06d},{drawn.gammavariate(2, 60):.2f},{moment},{drawn.choice("男女")},"a,{number % 7}"\n')
    return out.getvalue().encode()


def _texts(content: bytes) -> pa.Table:
    names = content.partition(b"\n")[0].decode().split(",")
    types = pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)
    return pa.csv.read_csv(io.BytesIO(content), convert_options=types)


class _Shop:
    """The original, and the copies of some contracts."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "original.csv"
        self.file.write_bytes(_csv())
        self.original = _texts(self.file.read_bytes())
        self._folder = folder

    def copy(self, contract: str, *, form: str = FILE) -> bytes:
        made: dict[str, Path] = {}

        def opened(name: str) -> io.BufferedWriter:
            made[name] = self._folder / f"{contract}-{name}"
            return made[name].open("wb")

        mark = Mark(WATERMARK, _key(contract))
        rows = write_copy(
            self.file, format="csv", encoding="utf-8", form=form, mark=mark, opened=opened, text_columns=("id",)
        )
        assert rows == ROWS
        return next(iter(made.values())).read_bytes()

    def verdict(self, leaked: pa.Table) -> Verdict:
        suspects = [Suspect(f"contract-{n}", _key(f"contract-{n}")) for n in range(SUSPECTS)]
        trial = try_version(self.original, leaked, version="v", watermark=WATERMARK, key=None, suspects=suspects)
        return judge([trial], leaked.num_rows)

    def names(self, leaked: pa.Table) -> list[str]:
        return sorted(name for name, _, _ in self.verdict(leaked).named)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> _Shop:
    return _Shop(tmp_path_factory.mktemp("watermark"))


def _some(table: pa.Table, share: float, seed: int = 3) -> pa.Table:
    order = np.random.default_rng(seed).permutation(table.num_rows)
    return table.take(pa.array(order[: int(table.num_rows * share)]))


def test_the_copy_is_the_same_each_time_and_another_for_another_contract(shop: _Shop) -> None:
    assert shop.copy("contract-7") == shop.copy("contract-7")
    assert shop.copy("contract-7") != shop.copy("contract-8")


def test_a_tenth_of_the_rows_shuffled_names_the_contract(shop: _Shop) -> None:
    verdict = shop.verdict(_some(_texts(shop.copy("contract-7")), 0.1))
    assert [name for name, _, _ in verdict.named] == ["contract-7"]
    assert verdict.named[0][2] < 1e-30


@pytest.mark.parametrize(
    "kept", [["power", "at"], ["at", "note", "kind"], ["id", "power"], ["power", "kind", "note"], ["id", "kind"]]
)
def test_removed_columns_leave_enough(shop: _Shop, kept: list[str]) -> None:
    assert shop.names(_some(_texts(shop.copy("contract-7")).select(kept), 0.2)) == ["contract-7"]


def test_another_format_other_names_and_lost_zeros_leave_enough(shop: _Shop) -> None:
    parts = pq.read_table(pa.BufferReader(shop.copy("contract-7", form=PARQUET)))
    assert shop.names(_some(parts, 0.1)) == ["contract-7"]
    table = _texts(shop.copy("contract-7"))
    numbers = table.set_column(0, "id", table.column("id").cast(pa.int64()))
    assert shop.names(_some(numbers, 0.1)) == ["contract-7"]
    assert shop.names(_some(table.rename_columns(["编号", "电量", "时刻", "性别", "备注"]), 0.1)) == ["contract-7"]


@pytest.mark.parametrize("decimals", [1, 0])
def test_rounded_numbers_of_all_rows_still_tell(shop: _Shop, decimals: int) -> None:
    """To 5 and 50 times the tolerance's step; then only all rows together say enough."""
    table = _texts(shop.copy("contract-7")).select(["id", "power", "note"])
    power = np.round(table.column("power").cast(pa.float64()).to_numpy(), decimals)
    leaked = table.set_column(1, "power", pa.array(power))
    assert shop.names(leaked) == (["contract-7"] if decimals else [])


def test_two_who_mix_or_average_their_copies_are_both_named(shop: _Shop) -> None:
    one, other = _texts(shop.copy("contract-7")), _texts(shop.copy("contract-8"))
    drawn = np.random.default_rng(9).random(ROWS) < 0.5
    mixed = [
        pa.chunked_array([pa.array(np.where(drawn, one.column(n).to_pylist(), other.column(n).to_pylist()))])
        for n in one.column_names
    ]
    leaked = pa.table(mixed, names=one.column_names)
    assert shop.names(_some(leaked, 0.3)) == ["contract-7", "contract-8"]
    mean = (one.column("power").cast(pa.float64()).to_numpy() + other.column("power").cast(pa.float64()).to_numpy()) / 2
    averaged = one.select(["id", "note"]).append_column("power", pa.array(mean))
    assert shop.names(averaged) == ["contract-7", "contract-8"]


def test_noise_of_eight_times_the_tolerance_still_tells(shop: _Shop) -> None:
    table = _texts(shop.copy("contract-7")).select(["id", "power"])
    noisy = table.column("power").cast(pa.float64()).to_numpy() + np.random.default_rng(1).uniform(-0.08, 0.08, ROWS)
    assert shop.names(table.set_column(1, "power", pa.array(noisy))) == ["contract-7"]


def test_nobody_is_named_for_the_original_a_strangers_copy_or_other_data(shop: _Shop) -> None:
    assert shop.names(shop.original) == []
    stranger = _texts(shop.copy("nobody-we-sold-to"))
    assert shop.names(stranger) == []
    assert shop.names(_some(stranger, 0.1)) == []
    other = pa.table({"id": ["x", "y"], "power": ["1.00", "2.00"]})
    assert shop.names(other) == []
    assert shop.names(_some(_texts(shop.copy("contract-7")), 0.002)) == []  # ten rows: not sure, so no name


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(20, 3_000), st.sampled_from(["uniform", "same", "steps", "spikes"]))
def test_the_stated_chance_bounds_what_innocents_score(seed: int, rows: int, shape: str) -> None:
    """Whatever was done to the cells: of 2,000 innocents, the share below a stated chance is at most that chance, give or
    take what drawing 2,000 allows (five standard deviations)."""
    drawn = np.random.default_rng(seed)
    shifts = {
        "uniform": drawn.uniform(-8, 8, rows),
        "same": np.ones(rows),
        "steps": drawn.integers(-1, 2, rows).astype(float),
        "spikes": np.where(drawn.random(rows) < 0.02, 8.0, 0.1),
    }[shape]
    said = evident(shifts)
    key = drawn.bytes(32)
    chances = np.array(
        [
            chance(score([(said, signs(key, str(n), 0, rows, 50))]).log_chance, 1)
            for n in range(2_000)
        ]
    )  # fmt: skip
    for stated in (0.5, 0.1, 0.01, 0.001):
        slack = 5 * np.sqrt(stated * (1 - stated) / 2_000)
        assert np.mean(chances <= stated) <= stated + slack
    assert not any(accuses(float(np.log(each)), 1) for each in chances if each > 1e-6)


def test_the_chance_is_multiplied_by_the_contracts_looked_at() -> None:
    assert chance(-20.0, 1) == pytest.approx(2.06e-9, rel=1e-2)
    assert chance(-20.0, 1_000) == pytest.approx(2.06e-6, rel=1e-2)
    assert accuses(-20.0, 1)
    assert not accuses(-20.0, 1_000)
    assert chance(0.0, 10) == 1.0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.decimals(-10**6, 10**6, places=2) | st.none(), min_size=1, max_size=200),
    st.sampled_from(["0.01", "0.5", "3"]), st.binary(min_size=32, max_size=32),
)  # fmt: skip
def test_no_number_moves_further_than_declared_nor_changes_its_sign(cells: list, tolerance: str, key: bytes) -> None:  # type: ignore[type-arg]
    column = MarkedColumn("n", tolerance=tolerance)
    texts = pa.array([None if cell is None else format(cell, "f") for cell in cells], pa.string())
    for array in (texts, texts.cast(pa.float64()), texts.cast(pa.decimal128(12, 2))):
        try:
            grain = grain_of(column, [array])
        except Unmarkable:
            assert tolerance != "3"
            continue
        after = moved(column, grain, array, signs(key, "n", 0, len(array), 100))
        assert after.type == array.type
        for before, now in zip(array.to_pylist(), after.to_pylist(), strict=True):
            if before is None:
                assert now is None
                continue
            assert abs(float(before) - float(now)) <= float(tolerance) * (1 + 1e-9)
            assert (float(now) > 0) == (float(before) > 0)
            assert (float(now) == 0) == (float(before) == 0)


def test_signs_are_the_same_however_they_are_cut() -> None:
    whole = signs(b"k" * 32, "c", 0, 1_000, 50)
    for first, count in ((0, 1), (15, 2), (16, 16), (333, 500)):
        assert (signs(b"k" * 32, "c", first, count, 50) == whole[first : first + count]).all()
    assert 0.4 < np.mean(whole != 0) < 0.6
    assert set(np.unique(whole)) == {-1, 0, 1}

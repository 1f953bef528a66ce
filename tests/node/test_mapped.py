"""Mapped files count as memory while they are there: however large they are, a batch brings in so much and no more."""

from __future__ import annotations

import mmap
import re
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.node.rows import Given
from tongqu.node import mapped
from tongqu.node.mapped import MAPS, Mapped, Maps, among, picked
from tongqu.node.modes.verification import answer_codes
from tongqu.node.sources.hashing import KeyedHash
from tongqu.node.sources.keys import KeyIndex, index_of
from tongqu.node.sources.lookups import codes_by_key

KEYS = 1_000_000
STRETCH = 6 << 20


def resident(folder: Path) -> int:
    """Bytes in memory of the files of a folder that this process has mapped."""
    found = there = 0
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            there = str(folder) in line
        elif there and line.startswith("Rss:"):
            found += int(line.split()[1]) * 1024
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mapped") / "keys"
    texts = np.char.zfill(np.arange(KEYS).astype("U18"), 18)
    rows = Given(pa.table({"id": pa.array(texts, pa.large_string())}))
    keys = index_of("credit", rows, "id", folder, KeyedHash(b"secret"))
    codes_by_key(keys, "q", iter([(np.arange(KEYS) % 3).astype(np.uint8)]))
    return folder


@pytest.fixture
def index(folder: Path, monkeypatch: pytest.MonkeyPatch) -> KeyIndex:
    """Of files that are many times as large as what may be brought in between two looks."""
    monkeypatch.setattr(mapped, "STRETCH", STRETCH)
    monkeypatch.setattr(mapped, "RESIDENT_MAX", 0)
    index = KeyIndex(folder, KeyedHash(b"secret"))
    MAPS.give_back()
    return index


def looks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What is in memory of the folder's files at each look."""
    seen: list[int] = []

    def look() -> int:
        seen.append(resident(folder))
        return 1

    monkeypatch.setattr(mapped, "_resident", look)
    return seen


def test_a_batch_goes_through_the_files_and_holds_a_stretch_of_them(
    index: KeyIndex, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = np.random.default_rng(1).integers(0, KEYS * 2, 10_000)
    asked, there = [f"{number:018d}" for number in drawn], drawn < KEYS
    codes = codes_by_key(index, "q", iter([]))
    seen = looks(folder, monkeypatch)
    positions = index.find_many(asked)
    assert np.array_equal(positions >= 0, there)
    assert np.array_equal(answer_codes(positions, codes), np.where(there, drawn % 3, 0))
    found = index.texts(positions)
    assert all(text == (key if stands else None) for text, key, stands in zip(found, asked, there, strict=True))
    assert len(seen) > 10
    assert max(seen) < STRETCH + 8 * mapped.FOLIO, seen  # each of the files may be cut in a folio, at both ends


def test_single_keys_hold_no_more(index: KeyIndex, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = looks(folder, monkeypatch)
    for number in range(0, KEYS, KEYS // 60):
        assert index.find(f"{number:018d}") >= 0
    assert len(seen) > 10
    assert max(seen) < STRETCH + 8 * mapped.FOLIO, seen


def test_an_index_of_blinded_keys_is_made_a_stretch_at_a_time(
    index: KeyIndex, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = looks(folder, monkeypatch)
    assert sum(1 for _ in index._sorted.every_content()) == KEYS
    assert len(seen) > 50
    assert max(seen) < STRETCH + 8 * mapped.FOLIO, seen


def test_what_an_array_looks_into_is_given_back(tmp_path: Path) -> None:
    """The array alone is held: what mapped it is gone."""
    file = tmp_path / "codes"
    np.ones(8 << 20, np.uint8).tofile(file)
    codes = np.frombuffer(Mapped(file).memory, np.uint8)
    assert codes[:: 1 << 10].sum() == 8 << 10
    assert resident(file) == 8 << 20
    MAPS.give_back()
    assert resident(file) == 0


@given(st.lists(st.integers(-5, 4), max_size=40), st.integers(1, 50))
def test_what_is_picked_is_what_stands_there(places: list[int], size: int) -> None:
    values, at = np.arange(10).reshape(5, 2), np.array(places, np.int64)
    with pytest.MonkeyPatch.context() as crowded:
        crowded.setattr(MAPS, "crowded", True)
        crowded.setattr(mapped, "STRETCH", size)
        crowded.setattr(mapped, "FOLIO", 3)
        assert picked(values, at).tolist() == values[at].tolist()


@given(st.lists(st.integers(0, 60), max_size=40), st.lists(st.integers(0, 60), max_size=40), st.integers(1, 50))
def test_what_is_among_others_is_found_there(asked: list[int], known: list[int], size: int) -> None:
    with pytest.MonkeyPatch.context() as crowded:
        crowded.setattr(MAPS, "crowded", True)
        crowded.setattr(mapped, "STRETCH", size)
        crowded.setattr(mapped, "FOLIO", 3)
        found = among(np.array(asked, np.int64), np.array(sorted(known), np.int64))
        assert found.tolist() == [one in known for one in asked]


def test_consents_hold_a_stretch_of_their_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = np.random.default_rng(2).bytes(32 * KEYS)
    references = np.sort(np.frombuffer(drawn, "S32"))
    references.tofile(tmp_path / "set")
    known = np.frombuffer(Mapped(tmp_path / "set").memory, "S32")
    monkeypatch.setattr(mapped, "STRETCH", STRETCH)
    monkeypatch.setattr(mapped, "RESIDENT_MAX", 0)
    monkeypatch.setattr(MAPS, "crowded", True)
    asked = references[np.random.default_rng(3).integers(0, KEYS, 10_000)].copy()
    asked[::2] = np.frombuffer(np.random.default_rng(4).bytes(32 * 5_000), "S32")
    seen = looks(tmp_path, monkeypatch)
    assert among(asked, known).tolist() == [place % 2 == 1 for place in range(10_000)]
    assert len(seen) > 5
    assert max(seen) < STRETCH + 8 * mapped.FOLIO, seen  # it is less than the file


def test_a_source_may_be_loaded_while_a_call_gives_back_what_it_read(tmp_path: Path) -> None:
    file = tmp_path / "column"
    file.write_bytes(b"0" * mmap.PAGESIZE)
    maps, ends, before = Maps(), time.monotonic() + 1, sys.getswitchinterval()
    faults: list[RuntimeError] = []

    def loads() -> None:
        with file.open("rb") as handle:
            while time.monotonic() < ends and not faults:
                mapped_now = [mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) for _ in range(50)]
                for each in mapped_now:
                    maps.note(each)

    def asks() -> None:
        try:
            while time.monotonic() < ends:
                maps.give_back()
        except RuntimeError as error:
            faults.append(error)

    threads = [threading.Thread(target=work) for work in (loads, asks)]
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert faults == []

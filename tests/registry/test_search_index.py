"""What is found is what a reading of every text would find, whatever the words, however the index is cut into segments."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongqu.exchange.registry.search.index import Document, Index, Segment, fold, marks, words_of
from tongqu.exchange.registry.search.store import Store

LETTERS = st.text(alphabet="数据资源名单企业aAＡ1 。𠀀\n", max_size=12)
FACETS = ("opening", "format")
DOCUMENTS = st.lists(
    st.builds(
        lambda title, text, day, opening, formats: (title, text, day, opening, tuple(dict.fromkeys(formats))),
        LETTERS, LETTERS, st.integers(0, 3), st.sampled_from(["open", "closed", ""]),
        st.lists(st.sampled_from(["csv", "json"]), max_size=2),
    ),
    max_size=12,
)  # fmt: skip


def documents(told: list[tuple[str, str, int, str, tuple[str, ...]]]) -> list[Document]:
    return [
        Document(n + 1, title, (text,), day, {"opening": [opening] if opening else [], "format": formats})
        for n, (title, text, day, opening, formats) in enumerate(told)
    ]


def by_reading(known: list[Document], words: list[str], opening: str) -> list[int]:
    """In the order of the index: in the title, then the newest, then the greatest number."""

    def has(one: Document, word: str) -> bool:
        return any(word in fold(part.replace("\n", " ")) for part in (one.title, *one.parts))

    found = [
        one
        for one in known
        if all(has(one, word) for word in words) and (not opening or opening in one.facets["opening"])
    ]
    titled = {
        one.id: bool(words) and all(word in fold(one.title.replace("\n", " ")) for word in words) for one in found
    }
    return [one.id for one in sorted(found, key=lambda one: (titled[one.id], one.day, one.id), reverse=True)]


@settings(max_examples=150)
@given(DOCUMENTS, LETTERS, st.sampled_from(["", "open", "closed"]), st.integers(0, 12))
def test_it_finds_what_reading_everything_finds_in_the_same_order(
    told: list[tuple[str, str, int, str, tuple[str, ...]]], text: str, opening: str, cut: int
) -> None:
    known = documents(told)
    index = Index([Segment.build(known[:cut], FACETS), Segment.build(known[cut:], FACETS)])
    found = index.search(text, {"opening": opening} if opening else {}, limit=50)
    expected = by_reading(known, words_of(text), opening)
    assert (found.ids, found.total) == (expected, len(expected))
    of_all = [one for one in known if one.id in expected]
    for facet in FACETS:
        counts = {value: n for value, n in found.facets.get(facet, {}).items() if value}
        values = [value for one in of_all for value in one.facets[facet]]
        assert counts == {value: values.count(value) for value in set(values)}


@given(DOCUMENTS, LETTERS)
def test_pages_follow_each_other_without_a_gap_or_a_repeat(
    told: list[tuple[str, str, int, str, tuple[str, ...]]], text: str
) -> None:
    index = Index([Segment.build(documents(told), FACETS)])
    whole = index.search(text, limit=50).ids
    assert [one for offset in range(0, 14, 2) for one in index.search(text, offset=offset, limit=2).ids] == whole


@given(LETTERS, LETTERS)
def test_marks_keep_the_text_and_show_the_words(text: str, asked: str) -> None:
    words = words_of(asked)
    pieces = marks(text, words)
    assert "".join(piece for piece, _ in pieces) == text
    assert any(hit for _, hit in pieces) == any(word in fold(text) for word in words)


def test_a_slip_of_the_pen_still_leads_to_the_title() -> None:
    index = Index(
        [Segment.build(documents([("行政许可信息公示", "", 1, "", ()), ("气象观测", "", 1, "", ())]), FACETS)]
    )
    assert index.search("行政许可信慈公示").total == 0
    assert index.near("行政许可信慈公示") == [1]
    assert index.near("完全无关的词") == []


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "search")


def test_only_the_block_that_changed_is_built_anew_and_who_has_it_mapped_reads_on(store: Store) -> None:
    texts = {0: "旧名称", 1: "别的名称"}

    def read(first: int, last: int) -> list[Document]:
        block = first >> 16
        return [Document(first + 1, texts[block], (), 1, {})]

    assert store.refresh({0: "a", 1: "a"}, read, FACETS) == 2
    before = store.index()
    texts[0] = "新名称"
    assert store.refresh({0: "b", 1: "a"}, read, FACETS) == 1
    assert store.refresh({0: "b", 1: "a"}, read, FACETS) == 0
    assert (before.search("旧名称").total, store.index().search("旧名称").total) == (1, 0)
    assert store.index().search("名称").total == 2
    assert store.refresh({1: "a"}, read, FACETS) == 0
    assert store.index().search("名称").total == 1


def test_a_folder_that_was_damaged_is_built_anew(store: Store) -> None:
    assert store.index().search("名").total == 0
    store.folder.mkdir(parents=True)
    (store.folder / "segments-2.json").write_text("{half of")
    assert store.refresh({0: "a"}, lambda first, last: [Document(1, "名", (), 1, {})], FACETS) == 1
    assert store.index().search("名").total == 1


def _one(title: str) -> Callable[[int, int], list[Document]]:
    return lambda first, last: [Document(first + 1, title, (), 1, {})]


@pytest.mark.parametrize("harm", ["cut", "gone", "half written"])
def test_a_segment_that_is_not_whole_is_left_out_and_built_anew(store: Store, harm: str, tmp_path: Path) -> None:
    assert store.refresh({0: "a", 1: "a"}, _one("名称"), FACETS) == 2
    folder = next(path for path in store.folder.iterdir() if path.name.startswith("00000000-"))
    if harm == "cut":
        (folder / "places.npy").write_bytes(b"")
    elif harm == "gone":
        (folder / "pairs.npy").unlink()
    else:
        (folder / "sizes.json").unlink()
    fresh = Store(store.folder)
    assert fresh.index().search("名称").total == 1  # the other block is served meanwhile
    assert store.refresh({0: "a", 1: "a"}, _one("名称"), FACETS) == 1
    assert fresh.index().search("名称").total == 2


def test_who_searches_while_the_folder_is_removed_goes_on_with_what_is_mapped(store: Store) -> None:
    store.refresh({0: "a"}, _one("名称"), FACETS)
    assert store.index().search("名称").total == 1
    shutil.rmtree(store.folder)
    assert store.index().search("名称").total == 1
    assert store.refresh({0: "a"}, _one("新名"), FACETS) == 1
    assert store.index().search("新名").total == 1


def test_a_segment_cleared_between_its_name_and_its_opening_is_asked_for_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.refresh({0: "a"}, _one("旧"), FACETS)
    reader = Store(store.folder)
    read = reader._names

    def late() -> dict[str, str]:
        told = read()
        monkeypatch.setattr(reader, "_names", read)
        store.refresh({0: "b"}, _one("新"), FACETS)
        return told

    monkeypatch.setattr(reader, "_names", late)
    assert reader.index().search("新").total == 1


def test_a_full_disk_leaves_nothing_behind(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.refresh({0: "a"}, _one("名称"), FACETS)
    before = sorted(path.name for path in store.folder.iterdir())

    def full(self: Segment, folder: Path) -> None:
        (folder / "ids.npy").write_bytes(b"some")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Segment, "save", full)
    for _ in range(3):
        with pytest.raises(OSError, match="No space"):
            store.refresh({0: "b"}, _one("新"), FACETS)
    assert sorted(path.name for path in store.folder.iterdir()) == before
    assert store.index().search("名称").total == 1


def test_an_index_counted_by_other_facets_is_built_anew(store: Store) -> None:
    assert store.refresh({0: "a"}, _one("名称"), ("opening",)) == 1
    assert store.refresh({0: "a"}, _one("名称"), FACETS) == 1
    assert store.refresh({0: "a"}, _one("名称"), FACETS) == 0


def test_who_refreshes_while_another_does_waits_and_finds_its_own(store: Store) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(first: int, last: int) -> list[Document]:
        begun.set()
        assert go_on.wait(10)
        return [Document(first + 1, "旧", (), 1, {})]

    other = threading.Thread(target=lambda: Store(store.folder).refresh({0: "a"}, slow, FACETS))
    other.start()
    assert begun.wait(10)
    threading.Timer(0.2, go_on.set).start()
    assert store.refresh({0: "b"}, _one("新"), FACETS) == 1
    other.join()
    assert store.index().search("新").total == 1

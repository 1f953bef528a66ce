"""Where nothing has all words, what has the most of them is shown, and what was left out is said: never more, never less."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongqu.exchange.registry.search.index import Document, Index, Segment, fold
from tongqu.exchange.registry.search.relaxing import Fewer, Place, fewer

FACETS = ("region",)


def index_of(*told: tuple[str, str], cut: int = 0) -> Index:
    """Titles with the code of their division, in two segments."""
    made = [
        Document(n + 1, title, (), 1, {"region": [region[:2] + "0000", region] if region else []})
        for n, (title, region) in enumerate(told)
    ]
    return Index([Segment.build(made[:cut], FACETS), Segment.build(made[cut:], FACETS)])


MARKET = index_of(
    ("公交站点客流", "330100"), ("公交线路", "420100"), ("公交车辆", "420100"), ("空气质量", "420100"), ("学校名单", "330100"),
    ("空气质量监测数据", "110000"), ("2025年预算", "420000"), cut=3,
)  # fmt: skip
WUHAN = Place("武汉市", "", (("420100", "", 3), ("420000", "武汉市", 0)))


def place(rest: str) -> Place:
    return Place(WUHAN.named, rest, WUHAN.ways)


def test_a_long_sentence_is_cut_where_its_pieces_stand() -> None:
    assert fewer(MARKET, "公交站点客流满意度", {}) == Fewer(("公交站点客流",), ("满意度",))
    assert fewer(MARKET, "请问有没有空气质量的监测数据", {}) == Fewer(("空气质量", "监测数据"), ())


def test_the_word_that_nothing_has_with_the_others_is_left_out() -> None:
    assert fewer(MARKET, "公交 线路 名单", {}) == Fewer(("公交", "线路"), ("名单",))


def test_a_year_stays_whole() -> None:
    assert fewer(MARKET, "2025年决算", {}) == Fewer(("2025年",), ("决算",))


def test_a_place_becomes_a_filter_and_what_is_looked_for_says_more_than_where() -> None:
    assert fewer(MARKET, "武汉市空气质量", {}, place("空气质量")) == Fewer(("空气质量",), (), "420100")
    assert fewer(MARKET, "武汉市学校名单", {}, place("学校名单")) == Fewer(("学校名单",), ("武汉市",))
    assert fewer(MARKET, "武汉市", {}, place("")) == Fewer((), (), "420100")


def test_what_is_chosen_stays_chosen() -> None:
    found = fewer(MARKET, "空气质量 公交站点", {"region": "330100"})
    assert found == Fewer(("公交站点",), ("空气质量",), "330100")


def test_what_keeps_too_little_is_no_answer() -> None:
    assert fewer(MARKET, "MJ-2023-0001", {}) is None
    assert fewer(MARKET, "学校以外一概与此毫无关系之物", {}) is None
    assert fewer(MARKET, "。，", {}) is None
    assert fewer(Index([]), "公交线路", {}) is None


def test_a_segment_that_counts_by_fewer_facets_has_nothing_of_them_until_it_is_built_anew() -> None:
    older = Index([Segment.build([Document(1, "公交", (), 1, {})], ())])
    assert older.search("公交", {"region": "420100"}).total == 0
    assert older.search("公交").total == 1


LETTERS = st.text(alphabet="公交站点客流武汉市2a ，的\U00020000", max_size=14)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(LETTERS, st.sampled_from(["420100", "330100", ""])), max_size=8), LETTERS, st.integers(0, 8))
def test_what_is_kept_is_found_and_nothing_that_has_more_is_missed(
    told: list[tuple[str, str]], text: str, cut: int
) -> None:
    index = index_of(*told, cut=cut)
    found = fewer(index, text, {})
    if found is None:
        return
    assert index.search(found.words).total > 0
    assert not set(found.words) & set(found.left_out)
    assert all(piece in fold(text) for piece in (*found.words, *found.left_out))
    # No word that was left out could have been kept beside the others.
    for word in found.left_out:
        if len(word) == 1 and word not in text.split():
            continue  # a scrap between two pieces
        assert index.search((*found.words, word)).total == 0


@given(st.lists(LETTERS, max_size=6), st.text(alphabet="公交站点客流武汉市", min_size=2, max_size=8))
def test_runs_count_what_a_reading_of_every_title_counts(titles: list[str], text: str) -> None:
    index = index_of(*((title, "") for title in titles), cut=len(titles) // 2)
    runs = index.runs(text)
    assert len(runs) == len(text) - 1
    for start, counts in enumerate(runs):
        for more, count in enumerate(counts):
            piece = text[start : start + 2 + more]
            assert count == sum(fold(title).startswith(piece, at) for title in titles for at in range(len(title)))


@pytest.mark.parametrize("size", [1, 100])
def test_every_piece_beyond_what_is_looked_at_is_said_to_be_left_out(size: int) -> None:
    words = [f"w{number}" for number in range(40)]
    index = index_of((" ".join(words[:size]), ""))
    found = fewer(index, " ".join(words), {})
    if size == 1:
        assert found is None
    else:
        assert found is not None
        assert {*found.words, *found.left_out} == set(words)

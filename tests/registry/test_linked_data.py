"""Turtle and JSON-LD are read as a reference reads them, within limits, and nothing that they name is fetched."""

from __future__ import annotations

import json
import re
import socket
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.house.repository import ROOT
from tongqu.exchange.registry.rows import described, linked, reading, turtle
from tongqu.exchange.registry.rows.turtle import Graph, NotTurtle, Ref, Text

SHAPES = sorted((ROOT / "tests" / "web" / "dcat-ap-3.0.0").glob("*.ttl"))
XSD_STRING = turtle.XSD + "string"


@pytest.fixture(autouse=True)
def nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket.socket, "connect", no)


def as_reference(graph: Graph) -> rdflib.Graph:
    """What our reader found, as a graph of the reference's."""
    made = rdflib.Graph()

    def term(one: str | Text) -> Any:
        if isinstance(one, Text):
            kind = rdflib.URIRef(one.kind) if one.kind and one.kind != XSD_STRING else None
            return rdflib.Literal(one.value, lang=one.language or None, datatype=kind, normalize=False)
        return rdflib.BNode(one[2:].replace(".", "x")) if one.startswith("_:") else rdflib.URIRef(one)

    for subject, said in graph.nodes.items():
        for prop, values in said.items():
            for value in values:
                made.add((term(subject), rdflib.URIRef(prop), term(value)))
    return made


def reference(text: str, form: str = "turtle") -> rdflib.Graph:
    """Without its habit of writing numbers and strings in its own way."""
    kept, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        parsed = rdflib.Graph().parse(data=text, format=form)
    finally:
        rdflib.NORMALIZE_LITERALS = kept
    made = rdflib.Graph()
    for s, p, o in parsed:
        plain = isinstance(o, rdflib.Literal) and str(o.datatype) == XSD_STRING
        made.add((s, p, rdflib.Literal(str(o)) if plain else o))
    return made


def same(text: str) -> bool:
    return bool(as_reference(turtle.read(text)).isomorphic(reference(text)))


@pytest.mark.parametrize("path", SHAPES, ids=lambda path: path.stem)
def test_files_of_others_are_read_as_the_reference_reads_them(path: Path) -> None:
    assert same(path.read_text("utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        '@prefix : <http://a/> . :s :p "a\\"b\\\\c\\n\\t\\u6570\\U0001F600", \'x\', "数据"@zh-CN, "1"^^<http://t> .',
        '@prefix : <http://a/> . :s :p """long "quoted" \\""" and ""two"" end""" , \'\'\'it\'s\'\'\' .',
        '@prefix : <http://a/> . :s :p """ends in a mark"""" .',
        "PREFIX ab: <http://a/>\nBASE <http://b/c/>\n<x> a ab:t.u ; ab:p <../y>, <#z> .",
        "@prefix : <http://a/> . :s :p 1, -2, 3.5, true, false .",
        "@prefix : <http://a/> . [ :p [ :q () ; :r ( 1 [ :s 'x' ] ( 2 ) ) ] ] . [] :p :o . ( 1 2 ) :p :o .",
        "@prefix : <http://a/> . # remark\n:s # <not> . this\n :p\\,q :o%20x ; ; :r :a\\~b , _:b1 . _:b1 :p _:b.c .",
        "@prefix 数: <http://a/> . 数:资源 数:名称 '名'@zh .",
        "@prefix : <http://a/> . :s :p 'a'. :s :p :o. :s :q 5 .",
        "",
        "# nothing but a remark",
    ],
)  # fmt: skip
def test_every_way_to_write_a_statement_is_understood(text: str) -> None:
    assert same(text)


def test_numbers_and_addresses_are_kept_as_the_specification_says() -> None:
    """Where the reference writes a number its own way, or knows less."""
    graph = turtle.read("@prefix a.b: <http://a/> . a.b:s a.b:p .5, 1e6, -1.5E-3, +7 .")
    (values,) = graph.nodes["http://a/s"].values()
    assert [(one.value, one.kind.rpartition("#")[2]) for one in values if isinstance(one, Text)] == [
        (".5", "decimal"), ("1e6", "double"), ("-1.5E-3", "double"), ("+7", "integer"),
    ]  # fmt: skip
    based = turtle.read("@base <http://a/b?c> . <> <#p> <?q=1> .")
    assert based.nodes == {"http://a/b?c": {"http://a/b?c#p": [Ref("http://a/b?q=1")]}}


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
NODES = st.sampled_from(["http://a/s", "http://a/资源", "urn:x:y", "http://a/p?q=1#z"]).map(rdflib.URIRef)
VALUES = st.one_of(
    NODES, TEXTS.map(rdflib.Literal), TEXTS.map(lambda t: rdflib.Literal(t, lang="zh")), st.integers().map(rdflib.Literal),
    st.builds(rdflib.BNode, st.sampled_from(["x", "y"])),
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(NODES, NODES, VALUES), max_size=6))
def test_what_the_reference_writes_is_read_back(told: list[tuple[Any, Any, Any]]) -> None:
    graph = rdflib.Graph()
    for statement in told:
        graph.add(statement)
    assert same(graph.serialize(format="turtle"))


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="@prefix <>\"'\\[]().,;:_#^a1 \n-数", max_size=60))
def test_whatever_stands_there_is_read_or_refused(text: str) -> None:
    with suppress(NotTurtle):
        assert turtle.read(text).statements >= 0


@pytest.mark.parametrize(
    "text",
    [
        "@prefix : <http://a/> . :s :p " + "[ :p " * 5_000,
        "@prefix : <http://a/> . :s :p " + "( " * 5_000,
        "@prefix : <http://a/> . :s :p '" + "\\" * 200_000,
        "@prefix : <http://a/> . :s :p " + '"""' + '"' * 100_000 + "x",
        "<" + "a" * 500_000,
        "@prefix : <http://a/> . :s :p :a" + "." * 200_000,
        "@prefix : <http://a/> . :s :p :" + "a" + "." * 200_000 + "b",
        "@prefix : <http://a/> . :s :p _:" + "a..." * 100_000 + "b",
        "#" * 500_000 + "\n<a",
        "@prefix : <http://a/> . :s :p unknown:x .",
        "@prefix : <http://a/> . :s _:p :o .",
        '@prefix : <http://a/> . :s :p "\\uD800" .',
    ],
    ids=lambda text: text[:40],
)
def test_a_hostile_file_is_refused_quickly(text: str) -> None:
    with pytest.raises(NotTurtle):
        turtle.read(text)


def _repeats(parsed: Any) -> Iterator[tuple[str, Any]]:
    """Every repetition in an expression, however deep: its kind, and what is repeated if that may be more than once."""
    for kind, told in parsed:
        name = str(kind)
        if name.endswith("_REPEAT"):
            yield name, list(told[2]) if told[1] != 1 else []
        parts = told if isinstance(told, (list, tuple)) else [told]
        for part in parts:
            for one in part if isinstance(part, list) else [part]:
                if isinstance(one, re._parser.SubPattern):  # type: ignore[attr-defined]
                    yield from _repeats(one)
        assert name != "ATOMIC_GROUP"


def test_expressions_repeat_single_characters_only_and_need_no_newer_python() -> None:
    """One look costs what it looks at, since there is nothing to try in two ways. Python before 3.11.5 gets wrong what gives
    nothing back (`*+`); the one repeated group is looked at in a hundred characters."""
    expressions = [one for one in vars(turtle).values() if isinstance(one, re.Pattern)]
    expressions += turtle._UNESCAPED.values()
    assert len(expressions) > 10
    for one in expressions:
        for kind, repeated in _repeats(re._parser.parse(one.pattern, one.flags)):  # type: ignore[attr-defined]
            assert kind in {"MAX_REPEAT", "MIN_REPEAT"}, one.pattern
            single = len(repeated) <= 1 and all(
                str(what) in {"IN", "LITERAL", "NOT_LITERAL", "ANY"} for what, _ in repeated
            )
            assert single or one is turtle._LANGUAGE, one.pattern


def steps(text: str) -> int:
    """How many lines of the reader run to read a text or to refuse it."""
    counted = 0

    def count(frame: Any, event: str, _: Any) -> Any:
        nonlocal counted
        if frame.f_code.co_filename != turtle.__file__:
            return None
        counted += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        with suppress(NotTurtle):
            turtle.read(text)
    finally:
        sys.settrace(before)
    return counted


@pytest.mark.parametrize(
    "repeated",
    [
        ":s :p 'a', 1.5, <http://x> . # remark\n", "\\n", "\\'", '\\"""', '""\\', '"', "\\", "\\u0061", ".", "a.", "a...",
        "\\,", "\\.", "%20", "#\n", " ", "true,", "true.", "a-", "[ :p ", "( ", "1", "1.", "1e",
    ],
)  # fmt: skip
@pytest.mark.parametrize("begun", ["", ":s :p '", ':s :p """', ":s :p <", ":s :p :", ":s :p _:a", ":s :p 'a'@"])
def test_twice_the_text_takes_twice_the_steps(begun: str, repeated: str) -> None:
    text = "@prefix : <http://a/> . " + begun
    once, twice = steps(text + repeated * 400), steps(text + repeated * 800)
    assert twice <= 2 * once + 50


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (":a.b.", "http://a/a.b"), (":a.\\. .", "http://a/a.."), (":%20x..\\~.b .", "http://a/%20x..~.b"),
        (":\\,.", "http://a/,"), ("<http://a/\\u0041>.", "http://a/A"), ("_:a..b.", "_:a..b"),
    ],
)  # fmt: skip
def test_dots_at_the_end_of_a_name_end_the_sentence_and_escaped_ones_are_its_own(written: str, meant: str) -> None:
    graph = turtle.read(f"@prefix : <http://a/> . :s :p {written}")
    assert graph.nodes["http://a/s"]["http://a/p"] == [Ref(meant)]


@pytest.mark.parametrize("text", ["'a'@en-", "'a'@en-1-", "'a'@" + "a" * 200, "'a\\\n'", "<a\\u00>", ":a\\q", ":a%2"])
def test_what_only_begins_like_a_token_is_none(text: str) -> None:
    with pytest.raises(NotTurtle):
        turtle.read(f"@prefix : <http://a/> . :s :p {text} .")


def test_too_many_statements_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turtle, "STATEMENTS_MAX", 10)
    with pytest.raises(NotTurtle, match="more than 10 statements"):
        turtle.read("<a> <b> " + ", ".join(f"<c{n}>" for n in range(20)) + " .")
    with pytest.raises(NotTurtle, match="no end"):
        turtle.read("<a> <b> ( " + "1 " * 20 + ") .")


DATASET = {
    "@context": {
        "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
        "id": "@id", "titel": "dct:title", "keyword": {"@id": "dcat:keyword", "@container": "@language"},
        "spatial": {"@id": "dct:spatial", "@type": "@id"},
    },
    "id": "http://a/catalog", "@type": "dcat:Catalog",
    "dcat:dataset": [{
        "id": "http://a/1", "@type": ["dcat:Dataset"], "titel": [{"@value": "Lines", "@language": "en"}, {"@value": "公交线路", "@language": "zh"}],
        "dct:description": "线路与站点", "keyword": {"zh": ["公交", "出行"]}, "spatial": "http://x/division/420100",
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": "市交通运输局"}, "dct:issued": {"@value": "2026-01-02T00:00:00", "@type": "xsd:dateTime"},
        "dct:accessRights": {"@id": "http://publications.europa.eu/resource/authority/access-right/PUBLIC"},
        "dct:accrualPeriodicity": {"@id": "http://purl.org/cld/freq/monthly"},
        "dcat:distribution": [{"dcat:accessURL": {"@id": "https://a/1.csv"}, "dct:format": {"@id": "http://x/file-type/CSV"}}],
    }],
}  # fmt: skip
EXPECTED = {
    "id": "http://a/1", "title": "公交线路", "description": "线路与站点", "department": "市交通运输局", "tags": ["公交", "出行"],
    "is_open": "PUBLIC", "update_frequency": "MONTHLY", "publish_time": "2026-01-02", "data_formats": ["CSV"],
    "url": "https://a/1.csv", "division": "420100",
}  # fmt: skip


def only(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in EXPECTED}


def read_file(content: bytes) -> list[Any]:
    return [line.row for line in reading.rows(content)]


def test_compact_expanded_and_turtle_of_one_catalogue_give_the_same_rows() -> None:
    compact = json.dumps(DATASET, ensure_ascii=False)
    graph = rdflib.Graph().parse(data=compact, format="json-ld")
    expanded = graph.serialize(format="json-ld", auto_compact=False)
    assert '"http://purl.org/dc/terms/title"' in expanded
    for content in (compact, expanded, graph.serialize(format="turtle")):
        (row,) = read_file(content.encode())
        assert only(row) == EXPECTED


def test_a_graph_of_flat_nodes_is_put_together() -> None:
    told = {
        "@context": [{"dcat": "http://www.w3.org/ns/dcat#"}, "https://elsewhere.example/context"],
        "@graph": [
            {"@id": "http://a/1", "@type": "dcat:Dataset", "dct:title": "一", "dct:publisher": {"@id": "http://a/p"}},
            {"@id": "http://a/p", "foaf:name": "某局"},
            {
                "@id": "http://a/old",
                "@type": "dcat:Dataset",
                "dct:title": "旧版",
                "dcat:isVersionOf": {"@id": "http://a/1"},
            },
        ],
    }
    (row,) = described.rows(linked.read(told))
    assert (row["title"], row["department"]) == ("一", "某局")


def test_statements_about_data_sets_count_and_the_rest_is_left() -> None:
    with pytest.raises(reading.BadFile) as none:
        read_file(b"@prefix : <http://a/> . :s :p :o .")
    assert "dcat:Dataset" in none.value.words.zh
    with pytest.raises(reading.BadFile) as broken:
        read_file(b"@prefix dcat: <http://www.w3.org/ns/dcat#> .\n<a> a dcat:Dataset ;\n dcat:keyword 'x")
    assert "line 3" in broken.value.mend.zh


def test_nothing_imports_or_follows() -> None:
    text = (
        "@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> ."
        "<http://a/> owl:imports <http://elsewhere.example/> . <http://a/1> a dcat:Dataset ; <http://purl.org/dc/terms/title> '一' ."
    )
    (row,) = read_file(text.encode())
    assert row["title"] == "一"


def test_ours_is_told_apart_from_a_term_of_the_same_name() -> None:
    graph = Graph()
    graph.say("d", turtle.RDF + "type", Ref("http://www.w3.org/ns/dcat#Dataset"))
    graph.say("d", "http://purl.org/dc/terms/title", Text("一"))
    graph.say("d", "http://other.example/department", Text("别处的词"))
    (row,) = described.rows(graph)
    assert row["department"] == ""


def test_a_beginning_of_marks_of_comment_is_judged_at_once() -> None:
    """Each way to divide the marks into comments would be tried: 26 of them took more than a minute."""
    assert not turtle.looks_like_turtle("#" * 4_000)
    assert turtle.looks_like_turtle("\ufeff ## a\n#b\r\n@prefix : <http://a/> .")


def test_an_address_of_many_parts_is_cut_at_its_end_at_once() -> None:
    assert described._tail("a" * 2_000_000 + "/#/") == "a" * 2_000_000
    assert [described._tail(one) for one in ("http://a/b#c", "urn:a:b", "http://a/?x=1", "", "http://a/b/")] == [
        "c", "b", "1", "", "b",
    ]  # fmt: skip
    assert described._tail("a" * 2_000_000 + "/b\n") == "b\n"  # from every character it was begun anew


@pytest.mark.parametrize(
    "text",
    [
        f"@prefix : <http://a/{'x' * 5_000}> . :a :b :c .",
        f"@base <http://a/{'x' * 5_000}/> . <#a> <#b> <#c> .",
        f"@prefix : <http://a/> . :a :b :{'x' * 5_000} .",
        f"<http://a/{'x' * 5_000}> a <http://b> .",
    ],
)
def test_an_address_beyond_measure_is_refused(text: str) -> None:
    with pytest.raises(NotTurtle, match="an address of more than"):
        turtle.read(text)


@pytest.mark.parametrize(
    "told",
    [
        {"@context": {"@vocab": "http://a/" + "x" * 5_000}, "@id": "http://a", "b": "c"},
        {"@context": {"p": "http://a/" + "x" * 5_000}, "@id": "p:a"},
        {"@context": {"b": "http://a/" + "x" * 5_000}, "@id": "http://a", "b": "c"},
    ],
)
def test_an_address_beyond_measure_is_refused_in_json_ld_too(told: Any) -> None:
    with pytest.raises(NotTurtle, match="an address of more than"):
        linked.read(told)


def test_nodes_without_a_context_share_the_one_above() -> None:
    terms = {"name": "http://a/name"}
    assert linked._with(terms, None) is terms
    assert linked._with(terms, [{"b": "c"}]) == {**terms, "b": "c"}


@pytest.mark.parametrize(
    "text",
    [
        '<http://a> <http://b> "' + "x\\n" * 400_000 + '" .',
        '<http://a> <http://b> "' + "x" * 1_000_000 + '" .',
        "# \n" * 400_000 + "<http://a> a <http://b> .",
    ],
    ids=["escapes", "plain", "comments"],
)
def test_a_long_text_is_read_in_few_times_its_own_size(text: str) -> None:
    tracemalloc.start()
    turtle.read(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 * len(text)

"""The picture of a procedure: everything is drawn, nothing lies upon anything."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongqu.exchange.bedrock.procedures import all_procedures
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.trading.negotiation import NEGOTIATION
from tongqu.exchange.web import diagram, spine, styleguide
from tongqu.exchange.web.desks import subject
from tongqu.exchange.web.diagram import WIDE, Edge, Measure, Node, Picture

SVG = "{http://www.w3.org/2000/svg}"
REGISTRATION = diagram.Diagram(
    diagram.marked(styleguide.STATES, styleguide.WAY, now="reviewing", passed=("applied", "supplement")),
    styleguide.EDGES,
    styleguide.WAY,
    Words("登记", "R"),
)
CASES = [(d, WIDE, language) for d in (REGISTRATION, styleguide.long_diagram()) for language in ("zh", "en")]


def laid(picture: diagram.Diagram, measure: Measure, language: str) -> Picture:
    return diagram.layout(picture.nodes, picture.edges, way=picture.way, language=language, measure=measure)


def assert_sound(picture: Picture, nodes: int, edges: int) -> None:
    assert len(picture.boxes) == nodes
    assert len(picture.routes) == edges
    for one, two in combinations(picture.boxes, 2):
        apart = one.right < two.left or two.right < one.left or one.bottom < two.top or two.bottom < one.top
        assert apart, f"{one.node.id} lies upon {two.node.id}"
    for box in picture.boxes:
        assert box.left >= 0, box.node.id
        assert box.right <= picture.width
        assert box.top >= 0
        assert box.bottom <= picture.height
    for route in picture.routes:
        for x, y in route.points:
            assert -0.5 <= x <= picture.width + 0.5
            assert -0.5 <= y <= picture.height + 0.5
        for (x1, y1), (x2, y2) in pairwise(route.points):
            assert abs(x1 - x2) < 0.51 or abs(y1 - y2) < 0.51, "edges run straight along or up"
    assert diagram.crossings(picture) == []


@pytest.mark.parametrize(("picture", "measure", "language"), CASES)
def test_every_state_and_step_is_drawn_and_none_overlap(
    picture: diagram.Diagram, measure: Measure, language: str
) -> None:
    assert_sound(laid(picture, measure, language), len(picture.nodes), len(picture.edges))


@pytest.mark.parametrize(("picture", "measure", "language"), CASES)
def test_words_fit_their_boxes(picture: diagram.Diagram, measure: Measure, language: str) -> None:
    for box in laid(picture, measure, language).boxes:
        assert "".join(box.lines).replace(" ", "") == box.node.words.of(language).replace(" ", "")
        assert max(diagram.text_width(line, measure.font) for line in box.lines) <= box.width - 4
        assert len(box.lines) * measure.font * 1.3 <= box.height


def test_the_words_of_steps_do_not_lie_upon_each_other() -> None:
    for language in ("zh", "en"):
        picture = laid(REGISTRATION, WIDE, language)
        boxes = []
        for route in picture.routes:
            if route.label:
                width = max(diagram.text_width(line, WIDE.font - 1.5) for line in route.label)
                left = route.label_x - {"start": 0, "middle": width / 2, "end": width}[route.anchor]
                top = route.label_y - len(route.label) * (WIDE.font - 1.5) * 1.2
                boxes.append((left, top, left + width, route.label_y, route.edge))
        for (l1, t1, r1, b1, e1), (l2, t2, r2, b2, e2) in combinations(boxes, 2):
            assert r1 <= l2 + 1 or r2 <= l1 + 1 or b1 <= t2 + 1 or b2 <= t1 + 1, (e1, e2)


def test_the_svg_is_well_formed_told_and_free_of_styles() -> None:
    text = diagram.draw(
        REGISTRATION.nodes,
        REGISTRATION.edges,
        way=REGISTRATION.way,
        title='登记 "甲" <乙>',
        language="zh",
        measure=WIDE,
    )
    root = ElementTree.fromstring(text)
    assert root.findtext(f"{SVG}title") == '登记 "甲" <乙>'
    assert "当前：审查中" in (root.findtext(f"{SVG}desc") or "")
    assert len(root.findall(f"{SVG}g[@data-state]")) == len(REGISTRATION.nodes)
    assert len(root.findall(f"{SVG}g[@data-edge]")) == len(REGISTRATION.edges)
    assert "style=" not in text
    assert " id=" not in text


def test_a_step_from_or_to_an_unknown_state_is_an_error() -> None:
    with pytest.raises(KeyError):
        diagram.draw([Node("a", Words("甲", "A"))], [Edge("a", "b")], way=["a"], title="")


def test_only_what_the_subject_was_in_is_drawn_as_passed() -> None:
    kinds = {node.id: node.kind for node in REGISTRATION.nodes}
    assert kinds["applied"] == kinds["supplement"] == "done"
    assert (kinds["accepted"], kinds["reviewing"], kinds["publicity"]) == ("skipped", "now", "other")
    assert kinds["refused"] == "end"


def test_a_deal_agreed_without_an_offer_was_never_offered() -> None:
    picture = subject.diagram(NEGOTIATION, now="agreed", moves=[("", "requested"), ("requested", "agreed")])
    kinds = {node.id: node.kind for node in picture.nodes}
    assert (kinds["requested"], kinds["agreed"]) == ("done", "now")
    assert [state for state in picture.way if kinds[state] == "skipped"] == list(
        picture.way[1 : picture.way.index("agreed")]
    )
    assert [(edge.source, edge.target) for edge in picture.edges if edge.walked] == [("requested", "agreed")]


def test_an_end_aside_leaves_what_was_not_reached_as_it_is() -> None:
    nodes = diagram.marked(styleguide.STATES, styleguide.WAY, now="refused", passed=("applied", "reviewing"))
    kinds = {node.id: node.kind for node in nodes}
    assert (kinds["accepted"], kinds["publicity"], kinds["registered"]) == ("skipped", "other", "other")
    assert kinds["refused"] == "now"


@pytest.mark.parametrize(("language", "told"), [
    ("zh", "当前：审查中。经过：已申请、待补正。略过：已受理。"),
    ("en", "Now: Under review. Passed: Applied, Awaiting supplement. Skipped: Accepted. "),
])  # fmt: skip
def test_what_was_skipped_looks_other_than_what_was_passed_and_is_said(language: str, told: str) -> None:
    walked = [
        replace(edge, walked=(edge.source, edge.target) == ("supplement", "reviewing")) for edge in REGISTRATION.edges
    ]
    kept = {"way": REGISTRATION.way, "title": "登记", "language": language}
    for text in (diagram.draw(REGISTRATION.nodes, walked, **kept), spine.draw(REGISTRATION.nodes, walked, **kept)):  # type: ignore[arg-type]
        root = ElementTree.fromstring(text)
        assert (root.findtext(f"{SVG}desc") or "").startswith(told)
        boxes = {g.get("data-state"): g.find(f"{SVG}rect") for g in root.findall(f"{SVG}g[@data-state]")}
        dashed = [name for name, rect in boxes.items() if rect is not None and rect.get("stroke-dasharray")]
        assert dashed == ["accepted"]
        green = [
            g.get("data-edge")
            for g in root.findall(f"{SVG}g[@data-edge]")
            if diagram.WALKED in ElementTree.tostring(g, "unicode")
        ]
        assert green == ["supplement>reviewing"]


@st.composite
def tables(draw: st.DrawFn) -> diagram.Diagram:
    """Any table of states: a way and exits, with steps between whichever states."""
    size = draw(st.integers(1, 14))
    names = [f"s{n}" for n in range(size)]
    way = names[: draw(st.integers(1, size))]
    some = st.sampled_from(names)
    loose = draw(st.lists(st.tuples(some, some), max_size=18, unique=True))
    pairs = {*pairwise(way), *loose}
    words = [Words("状态" * draw(st.integers(1, 4)), "State of " * draw(st.integers(1, 2)) + n) for n in names]
    leaves = {a for a, b in pairs if a != b}
    nodes = [Node(n, w, "other" if n in leaves else "end") for n, w in zip(names, words, strict=True)]
    return diagram.Diagram(nodes, [Edge(a, b, Words("去", "go")) for a, b in sorted(pairs)], way, Words("图", "P"))


@settings(max_examples=50, deadline=None)
@given(tables(), st.just(WIDE))
def test_any_table_can_be_drawn_without_anything_upon_anything(picture: diagram.Diagram, measure: Measure) -> None:
    steps = [e for e in picture.edges if e.source != e.target]
    assert_sound(laid(picture, measure, "en"), len(picture.nodes), len(steps))


# The spine, for a narrow place.


def assert_readable(picture: diagram.Diagram, language: str) -> None:
    """Every state stands once, every step is told once, nothing lies upon anything, nothing runs out of the picture."""
    drawn = spine.layout(picture.nodes, picture.edges, way=picture.way, language=language)
    steps = [(e.source, e.target) for e in picture.edges if e.source != e.target]
    told = [(e.source, e.target) for e, _, _ in drawn.down]
    told += [(one.edge.source, one.edge.target) for row in drawn.rows for one in row.exits]
    assert sorted(told) == sorted(steps)
    assert sorted(row.node.id for row in drawn.rows) == sorted(node.id for node in picture.nodes)
    assert spine.widest(drawn) <= drawn.width <= 300, "in a side card of 300 px the letters keep their size"
    areas = [(row.left, row.top, row.right, row.bottom) for row in drawn.rows]
    for row in drawn.rows:
        assert max(diagram.text_width(line, spine.FONT) for line in row.lines) <= row.width - 8
        lines = sum(len(one.lines) for one in row.exits)
        if lines:
            areas.append((spine.ASIDE, row.top, drawn.width, row.top + spine.PAD + lines * spine.SMALL * spine.LEAD))
    for (l1, t1, r1, b1), (l2, t2, r2, b2) in combinations(areas, 2):
        assert r1 <= l2 or r2 <= l1 or b1 <= t2 or b2 <= t1
    assert max(bottom for _, _, _, bottom in areas) <= drawn.height
    for _, one, two in drawn.down:
        assert one.bottom < two.top, "lines lead down"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_procedure_is_readable_in_a_side_card(language: str) -> None:
    for table in all_procedures():
        assert_readable(subject.diagram(table, now=table.starts), language)


@settings(max_examples=80, deadline=None)
@given(tables())
def test_any_table_is_readable_in_a_side_card(picture: diagram.Diagram) -> None:
    assert_readable(picture, "en")


def test_the_spine_is_well_formed_and_says_where_it_stands() -> None:
    nodes = [
        replace(node, words=Words('甲 "乙" <丙>', "A")) if node.id == "refused" else node for node in REGISTRATION.nodes
    ]
    text = spine.draw(nodes, REGISTRATION.edges, way=REGISTRATION.way, title='登记 "甲" <乙>', language="zh")
    root = ElementTree.fromstring(text)
    assert root.findtext(f"{SVG}title") == '登记 "甲" <乙>'
    assert "当前：审查中" in (root.findtext(f"{SVG}desc") or "")
    assert len(root.findall(f"{SVG}g[@data-state]")) == len(nodes)
    assert len(root.findall(f"{SVG}g[@data-edge]")) == len(REGISTRATION.edges)
    assert "style=" not in text
    assert " id=" not in text
    with pytest.raises(KeyError):
        spine.draw([Node("a", Words("甲", "A"))], [Edge("a", "b")], way=["a"], title="", language="zh")


def test_where_one_is_is_not_drawn_like_what_is_wrong() -> None:
    css = Path("src/tongqu/exchange/web/static/web/theme.css").read_text("utf-8")
    wrong = set(re.findall(r"--zhu(?:-deep|-wash)?: (#[0-9a-f]{6})", css))
    assert wrong
    assert not wrong & set(diagram.COLOURS["now"])
    assert "li.now::before { border: 4px solid var(--indigo); }" in css

"""Rows and files made to break an import: what is wrong with one is told, and no other waits for it."""

from __future__ import annotations

import io
import json
import struct
import threading
import tracemalloc
import zipfile
from collections.abc import Generator
from typing import Any

import pytest
from django.db import OperationalError, connection

from tests.registry.harvests import NOON, codes, counted, handed_in_file, own_index, row, run, started, steward, taken
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Actor, begin
from tongqu.exchange.registry import harvest, search, tasks
from tongqu.exchange.registry.harvest import HARVEST, running, shelves
from tongqu.exchange.registry.models import Entry, Harvest, HarvestFault
from tongqu.exchange.registry.rows import chunks, cleaning, reading

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["own_index", "steward"]


def nested(depth: int) -> Any:
    made: Any = "深"
    for _ in range(depth):
        made = [made]
    return made


HOSTILE: list[dict[str, Any]] = [
    {"is_open": "无条件\x00开放"}, {"update_frequency": "每\x00月"}, {"update_time": "20\x0023"}, {"title": "甲\ud800"},
    {"is_open": "\ud800"}, {"update_time": "\udfff"}, {"data_formats": ["İ" * 60]}, {"title": nested(700)},
    {"title": nested(900), "id": "x"}, {"title": "", "description": nested(900)}, {"id": "\ud800\x00"}, {"tags": nested(700)},
    {"url": "http://\x00"}, {"portal": "\x00"}, {"is_open": "\u200b" * 300},
]  # fmt: skip


@pytest.mark.parametrize("changes", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_row_is_taken_or_told_and_the_others_are_taken(steward: Actor, changes: dict[str, Any]) -> None:
    content = "".join(json.dumps(one) + "\n" for one in (row(1), row(2) | changes, row(3)))
    number = handed_in_file(steward, content.encode(), "c.txt", catalog_name="示例")
    assert run(number) == "finished"
    assert counted(number).lines == 3
    assert Entry.objects.filter(key__in=["c-1", "c-3"]).count() == 2


@pytest.mark.parametrize(
    "first", ["[" * 990, '{"a":' * 990 + "1" + "}" * 990, '"\ud800"'], ids=["list", "object", "surrogate"]
)
def test_a_first_line_nested_without_end_is_one_lost_line(steward: Actor, first: str) -> None:
    lines = [first if "\ud800" not in first else '"\\ud800"', *(json.dumps(row(n)) for n in (1, 2))]
    number = handed_in_file(steward, "\n".join(lines).encode(), "c.txt", catalog_name="示例")
    assert run(number) in {"finished", "failed"}
    assert Harvest.objects.get(pk=number).state != "running"


def packed(how: int = zipfile.ZIP_DEFLATED) -> bytearray:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as archive:
        archive.writestr("c.jsonl", "".join(json.dumps(row(n)) + "\n" for n in range(50)))
    return bytearray(made.getvalue())


def _damaged(what: str) -> bytes:
    content = packed(
        zipfile.ZIP_LZMA if what == "lzma" else zipfile.ZIP_BZIP2 if what == "bz2" else zipfile.ZIP_DEFLATED
    )
    listed = content.rindex(b"PK\x01\x02")
    if what in {"data", "lzma", "bz2"}:
        content[60:70] = b"\xff" * 10
    elif what == "name":
        content[30] = ord("z")
    elif what == "size":
        struct.pack_into("<I", content, listed + 24, 10)
    elif what == "flag":
        content[6] |= 0x20
        content[listed + 8] |= 0x20
    elif what == "method":
        struct.pack_into("<H", content, listed + 10, 9)
    return bytes(content)


@pytest.mark.parametrize("what", ["data", "lzma", "bz2", "name", "size", "flag", "method"])
def test_a_zip_that_is_damaged_or_lies_is_returned_with_the_reason(steward: Actor, what: str) -> None:
    with pytest.raises(reading.BadFile):
        list(reading.rows(_damaged(what)))
    file = papers.keep(_damaged(what), name="c.zip", at=NOON, by=steward.party).sha256
    number = begin(HARVEST, by=steward, at=NOON, file=file, name="示例").subject
    assert run(number) == "failed"
    assert "压缩" in Harvest.objects.get(pk=number).reason


def test_one_import_that_goes_wrong_keeps_neither_the_others_nor_the_search_waiting(
    steward: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, good = started(steward, [row(1)]), started(steward, [row(2)], catalog_name="另一目录")
    made = running.rows.made

    def fails(content: bytes, *rest: Any) -> Generator[chunks.Chunk]:
        if b"c-1" in content:
            raise OperationalError("the server went away")
        return made(content, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(running.rows, "made", fails)
        assert tasks.sweep_harvests(0) == ["again", "finished"]
    assert search.find("第2类").total == 1
    assert harvest.left_running() == [broken]
    assert tasks.sweep_harvests(0) == ["finished"]
    assert harvest.progress(good).fresh == harvest.progress(broken).fresh == 1


def test_an_error_that_nobody_expected_returns_the_file_instead_of_coming_again_each_minute(
    steward: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = started(steward, [row(1)])

    def wrong(*_: Any) -> None:
        raise LookupError

    monkeypatch.setattr(running.keeping, "keep", wrong)
    assert run(number) == "failed"
    assert "LookupError" in Harvest.objects.get(pk=number).reason
    assert harvest.left_running() == []


def test_what_is_cut_is_told_and_a_lost_row_says_which_it_was(steward: Actor) -> None:
    rows = [
        row(1, tags=[f"标签{n}" for n in range(30)]), row(2, tags=["长" * 70]), row(3, is_open="开" * 300), row(4, title=""),
        row(5, data_formats=[f"f{n}" for n in range(30)]),
    ]  # fmt: skip
    number = started(steward, rows)
    run(number)
    assert codes(number) == [(1, "too-many"), (2, "too-long"), (3, "too-long"), (4, "no-title"), (5, "too-many")]
    assert HarvestFault.objects.get(line=4).key == "c-4"


def test_signs_that_nobody_sees_part_no_word_and_turn_no_line(steward: Actor) -> None:
    taken(steward, [row(1, title="企\u200b业\u2060名\u202e录\u2066", description="地\ufeff址")])
    one = Entry.objects.get()
    assert (one.title, one.text) == ("企业名录", "地址")


def test_long_fields_fill_no_cache() -> None:
    def sizes() -> list[int]:
        caches = (cleaning._tidy, cleaning._split, cleaning.plain, cleaning._shape, cleaning._read_date)
        return [cache.cache_info().currsize for cache in caches]

    cleaning.clean({"title": "名"}, today=NOON.date())
    before = sizes()
    long = "长" * 50_000
    told = {"department": long, "tags": long, "is_open": long, "update_time": long, "x" * 50_000: 1, "title": "名"}
    made, _ = cleaning.clean(told, today=NOON.date())
    assert made is not None
    assert sizes() == before


def test_a_chunk_of_very_long_lines_holds_no_more_than_what_is_kept() -> None:
    lines = (json.dumps({"title": f"名{n}", "x": "长" * 1_000_000}, ensure_ascii=False) + "\n" for n in range(30))
    terms = shelves.shelf(1, catalog_name="", region="", on=NOON.date()).terms
    content = "".join(lines).encode()
    tracemalloc.start()
    try:
        (chunk,) = chunks.chunks(content, 0, terms, 2_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert chunk.lines == 30
    assert peak < 60_000_000


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("c.csv", "title,description\n企业名录,地址\n".encode("utf-16")),
        ("c.txt", "title\tdescription\n企业名录\t地址\n".encode("utf-16")),
        ("c.json", '{"title": "企业名录"}\n{"title": "乙"}\n'.encode()),
        ("c.jsonl", '{"title": "企业名录"}\n{"title": "乙"}\n'.encode()),
        ("c.jsonl", '{"title": \n{"title": "企业名录"}\n{"title": "乙"}\n'.encode()),
        ("c.txt", '{"title": "企业名录"}\n\n{"title": "乙"}\n'.encode()),
        ("c.txt", '\n{"title": "企业名录"}\n\n\n{"title": "乙"}\n'.encode()),
    ],
)
def test_every_form_that_is_said_to_be_read_may_be_handed_in(steward: Actor, name: str, content: bytes) -> None:
    number = handed_in_file(steward, content, name)
    assert run(number) == "finished"
    assert Entry.objects.filter(title="企业名录").count() == 1
    counted(number)


def test_two_imports_that_meet_new_portals_in_opposite_order_both_end(steward: Actor) -> None:
    keys = [f"p{n}" for n in range(30)]
    both = [
        started(steward, [row(n, portal=key) for n, key in enumerate(order)], catalog_name="")
        for order in (keys, keys[::-1])
    ]
    ends: list[str] = []

    def work(number: int) -> None:
        try:
            ends.append(run(number))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in both]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert ends == ["finished", "finished"]

"""The rows of a large file are made in a process of their own: the same rows, and whatever becomes of it, none is lost."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.registry.harvests import NOON, codes, counted, own_index, row, run, started, steward, taken
from tongqu.exchange.bedrock.procedures import Actor
from tongqu.exchange.registry import harvest, rows
from tongqu.exchange.registry.harvest import HARVEST, keeping, running, shelves
from tongqu.exchange.registry.models import Entry, Harvest, HarvestSeen
from tongqu.exchange.registry.rows import apart, chunks, reading

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["own_index", "steward"]

LATER = NOON + timedelta(days=1)
AWKWARD: list[dict[str, Any]] = [
    {"description": "一\\二\n三\t四\r五"}, {"title": "反斜杠\\N"}, {"is_open": "某政策"}, {"data_formats": ["csv", "奇异\\\"格式"]},
    {"title": ""}, {"update_time": "20223-01-01"}, {"id": "c-1"}, {"portal": "另一\\平台"}, {"title": "甲\ud800"},
    {"update_time": None, "publish_time": "2026-01-02"}, {"tags": 'a"b,{c},\\d'}, {"division": "420100"}, {"description": "\\."},
]  # fmt: skip


def terms(**changes: Any) -> rows.Terms:
    return shelves.shelf(7, **{"catalog_name": "", "region": "", "on": NOON.date()} | changes).terms


def lines(many: int = 13, **changes: Any) -> bytes:
    told = [row(n) | AWKWARD[n % len(AWKWARD)] | changes for n in range(many)]
    return "".join(json.dumps(one) + "\n" for one in told).encode()


class Watched(subprocess.Popen[bytes]):
    """A process that the tests can get hold of."""

    started: list[Watched] = []  # noqa: RUF012 -- emptied by each test

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.started.append(self)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[Watched]:
    Watched.started.clear()
    monkeypatch.setattr(apart.subprocess, "Popen", Watched)
    return Watched.started


@pytest.fixture
def always_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "FROM_BYTES", 0)


@pytest.mark.parametrize("position", [0, 5])
@pytest.mark.parametrize("named", ["", "武汉市公共数据目录"])
def test_made_apart_the_rows_are_the_very_same(position: int, named: str) -> None:
    content, on = lines(60), terms(catalog_name=named)
    here = list(chunks.chunks(content, position, on, 7))
    assert list(apart.chunks_apart(content, position, on, 7)) == here
    assert sum(one.lines for one in here) == 60 - position
    assert {one.of for one in here} == {61}
    assert any(one.open for one in here)
    assert any(one.faults for one in here)


def test_what_is_escaped_is_kept_as_it_was_written(steward: Actor, always_apart: None) -> None:
    awkward = [
        {"description": "一\\二\n三"},
        {"title": "反斜杠\\N"},
        {"tags": ['a"b', "{c}", "\\d"]},
        {"portal": "另一\\平台"},
    ]
    told = taken(steward, [row(n) | changes for n, changes in enumerate(awkward)], catalog_name="")
    assert told.fresh == 4
    kept = {one.key: one for one in Entry.objects.select_related("catalog")}
    assert kept["c-0"].text == "一\\二\n三"
    assert kept["c-1"].title == "反斜杠\\N"
    assert kept["c-2"].tags == ['a"b', "{c}", "\\d"]
    assert kept["c-3"].catalog.key == "另一\\平台"
    assert kept["c-1"].published_date is None


def test_a_chunk_ends_where_it_holds_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    content = lines(40, title="名" * 100)
    monkeypatch.setattr(chunks, "CHARACTERS_MAX", 2_000)
    made = list(chunks.chunks(content, 0, terms(), 1_000))
    assert len(made) > 4
    assert all(len(one.block) < 10_000 for one in made)
    assert sum(one.lines for one in made) == 40


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"title\n\xff\xff\x00", b"PK\x03\x04 and no more"])
def test_a_file_that_is_no_catalogue_is_told_as_if_it_were_read_here(content: bytes) -> None:
    with pytest.raises(rows.BadFile) as apart_from_us:
        list(apart.chunks_apart(content, 0, terms(), 5))
    with pytest.raises(rows.BadFile) as here:
        list(chunks.chunks(content, 0, terms(), 5))
    assert (apart_from_us.value.words, apart_from_us.value.mend) == (here.value.words, here.value.mend)


def test_what_goes_wrong_each_time_is_named_and_returns_the_file(
    steward: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_: Any) -> Any:
        raise LookupError

    asked, told = io.BytesIO(), io.BytesIO()
    apart._send(asked, (0, terms(), 5, 0))
    apart._send(asked, reading.surveyed(b""))
    asked.seek(0)
    with monkeypatch.context() as patched:
        patched.setattr(apart, "chunks", wrong)
        apart.answer(asked, told)
    told.seek(0)
    with pytest.raises(rows.Unexpected) as unexpected:
        apart._answer(told)
    assert unexpected.value.name == "LookupError"

    def unexpectedly(*_: Any) -> Any:
        yield from ()
        raise unexpected.value

    number = started(steward, [row(1)])
    monkeypatch.setattr(running.rows, "made", unexpectedly)
    assert run(number) == "failed"
    assert "LookupError" in Harvest.objects.get(pk=number).reason


def test_a_process_that_is_killed_says_nothing_of_the_file_and_the_import_goes_on(
    steward: Actor, monkeypatch: pytest.MonkeyPatch, watched: list[Watched], always_apart: None
) -> None:
    monkeypatch.setattr(running, "CHUNK", 20)
    number = started(steward, [row(n, description="长" * 3_000) for n in range(400)])  # more than a pipe holds
    take = running._take

    def then_killed(*args: Any) -> bool:
        done = take(*args)
        watched[0].kill()
        return done

    with monkeypatch.context() as patched:
        patched.setattr(running, "_take", then_killed)
        with pytest.raises(OSError, match="died"):
            run(number)
    assert harvest.left_running() == [number]
    assert 20 <= harvest.progress(number).position < 400
    assert Entry.objects.count() == harvest.progress(number).position
    assert run(number) == "finished"
    assert (counted(number).fresh, Entry.objects.count()) == (400, 400)


def test_a_process_that_cannot_start_leaves_the_import_for_later(
    steward: Actor, monkeypatch: pytest.MonkeyPatch, always_apart: None
) -> None:
    number = started(steward, [row(1)])
    with monkeypatch.context() as patched:
        patched.setattr(apart.sys, "executable", "/bin/false")
        with pytest.raises(OSError):  # noqa: PT011 -- a broken pipe or no answer, as it comes
            run(number)
    assert run(number) == "finished"


def test_a_stopped_import_leaves_no_process(
    steward: Actor, monkeypatch: pytest.MonkeyPatch, watched: list[Watched], always_apart: None
) -> None:
    monkeypatch.setattr(running, "CHUNK", 1)
    number = started(steward, [row(n, description="长" * 3_000) for n in range(50)])
    monkeypatch.setattr(running, "_take", lambda *_: False)
    run(number)
    assert [one.poll() is not None for one in watched] == [True]


def test_the_process_has_no_secret_and_knows_no_database(
    monkeypatch: pytest.MonkeyPatch, watched: list[Watched]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    made = apart.chunks_apart(lines(5_000), 0, terms(), 1)
    next(made)
    environment = Path(f"/proc/{watched[0].pid}/environ").read_bytes()
    assert b"PYTHONPATH=" in environment
    assert b"secret" not in environment
    assert b"DJANGO" not in environment
    libraries = Path(f"/proc/{watched[0].pid}/maps").read_text()
    assert "libpq" not in libraries
    made.close()
    known = "import tongqu.exchange.registry.rows, sys; print({'django', 'pydantic', 'psycopg'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", known], capture_output=True, text=True, check=True).stdout == "set()\n"


ASKS = """
import sys, pickle, datetime
from tongqu.exchange.registry.rows import apart, Terms, Places
was = apart.subprocess.Popen
def told(*args, **named):
    process = was(*args, **named)
    print(process.pid, flush=True)
    return process
apart.subprocess.Popen = told
terms = Terms(datetime.date(2026, 11, 3), "", "", "import-1", "", Places(frozenset(), {}), {"opening": {}, "cycle": {}, "format": {}})
for chunk in apart.chunks_apart(b'{"title": "x"}\\n' * 300000, 0, terms, 1000):
    sys.stdin.read()
"""


def test_the_process_ends_with_a_worker_that_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ASKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None
        number = int(worker.stdout.readline())
        worker.send_signal(signal.SIGKILL)
        worker.wait(30)
    ends = time.monotonic() + 60
    while _lives(number):
        assert time.monotonic() < ends
        time.sleep(0.05)


def _lives(number: int) -> bool:
    try:
        os.kill(number, 0)
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_what_another_import_writes_meanwhile_was_brought_all_the_same(
    steward: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", 1)
    number = started(steward, [row(1), row(2), row(1, title="重复"), row(3)], whole=True)
    take, done = running._take, [0]

    def between(shelf: Any, *args: Any) -> bool:
        if shelf.harvest == number:
            done[0] += 1
            if done[0] == 2:
                assert taken(steward, [row(1, title="别人改的")], LATER).changed == 1
                assert HarvestSeen.objects.filter(harvest=number).count() == 1
        return take(shelf, *args)

    monkeypatch.setattr(running, "_take", between)
    assert run(number) == "finished"
    told = counted(number)
    assert (told.fresh, told.lost, codes(number)) == (3, 1, [(3, "repeated")])
    assert Entry.objects.get(key="c-1").title == "别人改的"
    assert not HarvestSeen.objects.exists()


def test_two_imports_of_the_same_rows_in_opposite_order_both_end(steward: Actor) -> None:
    for title, at in (("名录", NOON), ("新名录", LATER)):
        told = [row(n, title=f"{title}{n}") for n in range(300)]
        both = [started(steward, told, at), started(steward, told[::-1], at)]
        ends: list[str] = []

        def work(number: int, at: Any = at, ends: list[str] = ends) -> None:
            try:
                ends.append(run(number, at))
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=[number]) for number in both]
        for one in threads:
            one.start()
        for one in threads:
            one.join(120)
        assert ends == ["finished", "finished"]
        ways = [counted(number) for number in both]
        assert sum(one.fresh + one.changed for one in ways) == sum(one.same for one in ways) == 300
    assert Entry.objects.count() == 300


def test_what_goes_on_is_every_state_but_the_ends() -> None:
    assert set(keeping.GOES_ON) == HARVEST.states - HARVEST.ends

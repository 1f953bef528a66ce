"""Mode `api`: what a buyer may ask of a clinic's visits, what comes back, and every way round it that was thought of."""

from __future__ import annotations

import asyncio
import threading
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from tests.node.parts import parted
from tests.node.queries import DECLARED, VISITS, Clinic
from tests.node.world import OTHER_TOKEN, codes
from tongqu.node.config import read_config
from tongqu.node.engines import DuckEngine
from tongqu.node.faults import NodeFault
from tongqu.node.modes.filtered import Compared, Filtered, TooHeavy
from tongqu.node.sources.queries import QueryEngine, prepare
from tongqu.wire.message import open_sealed
from tongqu.wire.permit import token_digest
from tongqu.wire.query import QueryAnswer, query_request
from tongqu.wire.receipt import Receipt, answer_digest, request_digest

WUHAN = {"city": "武汉"}


def run(story: Any) -> None:
    asyncio.run(story)


def test_a_page_is_filtered_ordered_masked_and_receipted(tmp_path: Path) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            await clinic.issue(clinic.permit())
            response = await clinic.query(WUHAN)
            answer = QueryAnswer.from_json(response.json())
            assert answer.rows == (
                ("v4", "***1234", "武汉", "内科", "[50,500)", "2026-04-05", True),
                ("v2", "***2345", "武汉", "外科", ">=500", "2026-03-02", False),
            )
            receipt = open_sealed(Receipt, answer.receipt, clinic.exchange.node_key or b"")
            asked = query_request("permit-1", "研究", "by-city", WUHAN, None, None)
            assert receipt.request_digest == request_digest(asked, answer.salt)
            assert receipt.answer_digest == answer_digest(answer.answer, answer.salt)
            assert (receipt.mode, receipt.calls, receipt.units) == ("api", 1, 1)
            following = QueryAnswer.from_json((await clinic.query(WUHAN, cursor=answer.next)).json())
            assert [row[0] for row in following.rows] == ["v1"]
            assert (following.next, following.limited) == (None, False)

    run(story())


def test_parameters_compare_dates_decimals_flags_and_lists(tmp_path: Path) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            await clinic.issue(clinic.permit())

            async def seen(**values: Any) -> list[str]:
                return [row[0] for row in (await clinic.query({**WUHAN, **values}, rows=2)).json()["rows"]]

            assert await seen(since="2026-03-02") == ["v4", "v2"]
            assert await seen(since="2026-03-03") == ["v4"]
            assert await seen(fee="99.99") == ["v4", "v1"]  # 以内: the bound itself is in
            assert await seen(fee="99.98") == ["v1"]
            assert await seen(insured=False) == ["v2"]
            assert await seen(wards=["外科"]) == ["v2"]
            assert await seen(wards=["内科"], insured=True, since="2026-03-02") == ["v4"]

    run(story())


def test_a_purpose_sees_its_rows_and_no_others(tmp_path: Path) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            await clinic.issue(clinic.permit())
            research = (await clinic.query({"city": "襄阳"})).json()["rows"]
            credit = (await clinic.query({"city": "襄阳"}, purpose="信贷审批")).json()["rows"]
            assert [row[0] for row in research] == ["v6", "v3"]  # the child is under the owner's own condition
            assert [row[0] for row in credit] == ["v3"]
            refused = await clinic.query({"city": "襄阳"}, purpose="营销")
            assert (refused.status_code, codes(refused)) == (403, ["purpose-sees-no-rows"])
            assert codes(await clinic.query({"city": "襄阳"}, purpose="好奇")) == ["purpose-not-permitted"]
            assert len(await clinic.receipts()) == 2  # refusals are not billed

    run(story())


def test_hashes_are_equal_within_a_contract_and_tell_nothing_between_two(tmp_path: Path) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            await clinic.issue(
                clinic.permit("all"),
                clinic.permit("all", id="permit-9", contract="contract-9", token_sha256=token_digest(OTHER_TOKEN)),
            )
            mine = (await clinic.query(query="all")).json()["rows"]
            theirs = (await clinic.query(query="all", permit="permit-9", token=OTHER_TOKEN)).json()["rows"]
            assert [row[1:] for row in mine] == [row[1:] for row in theirs]
            assert mine[0][0] == mine[3][0] != mine[1][0]  # v1 and v4 are one patient
            assert not {row[0] for row in mine} & {row[0] for row in theirs}
            assert mine[0][1:] == [2026, None, 34]

    run(story())


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, "parameter-missing"),
        ({"city": "武汉", "patient": "420100199001011234"}, "parameter-unknown"),
        ({"city": 7}, "parameter-type"),
        ({"city": True}, "parameter-type"),
        ({"city": ["武汉"]}, "parameter-type"),
        ({"city": "武汉", "since": "2026-3-1"}, "parameter-type"),
        ({"city": "武汉", "since": "20260301"}, "parameter-type"),
        ({"city": "武汉", "since": "2025-12-31"}, "parameter-outside"),
        ({"city": "武汉", "fee": "1e9"}, "parameter-type"),
        ({"city": "武汉", "fee": "NaN"}, "parameter-type"),
        ({"city": "武汉", "fee": "１"}, "parameter-type"),
        ({"city": "武汉", "fee": "1 OR 1=1"}, "parameter-type"),
        ({"city": "武汉", "insured": "true"}, "parameter-type"),
        ({"city": "武汉", "insured": 1}, "parameter-type"),
        ({"city": "武汉", "wards": "内科"}, "parameter-type"),
        ({"city": "武汉", "wards": []}, "parameter-type"),
        ({"city": "武汉", "wards": ["精神科"]}, "parameter-outside"),
    ],
)
def test_a_parameter_of_another_kind_is_refused_by_name(values: dict[str, Any], code: str, tmp_path: Path) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            await clinic.issue(clinic.permit())
            response = await clinic.query(values)
            assert response.status_code == 400
            assert code in codes(response)
            assert not any(str(value) in response.text for value in values.values() if len(str(value)) > 4)
            assert await clinic.receipts() == []

    run(story())


@pytest.mark.parametrize(
    "body",
    [
        {"values": []},
        {"values": {"city": 1.5}},
        {"values": {"city": None}},
        {"values": {"city": {"ne": ""}}},
        {"values": {"city": ["武汉"] * 101}},
        {"values": {"city": "武" * 201}},
        {"values": {"ci ty": "武汉"}},
        {"values": {"city'": "武汉"}},
        {"values": {f"p{at}": 1 for at in range(51)}},
        {"values": {"city": 2**53 + 1}},
        {"rows": 0},
        {"rows": 1_001},
        {"rows": True},
        {"rows": "5"},
        {"cursor": ""},
        {"cursor": "a" * 201},
        {"cursor": 5},
        {"where": "1=1"},
        {"columns": ["patient"]},
        {"query": ""},
    ],
)
def test_a_body_that_is_not_well_formed_is_refused_before_it_is_judged(body: dict[str, Any], tmp_path: Path) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            await clinic.issue(clinic.permit())
            response = await clinic.query(**{"values": WUHAN, **body})
            assert response.status_code == 400
            assert codes(response) == ["bad-request"]

    run(story())


@pytest.mark.parametrize(
    "text",
    [
        "' OR '1'='1",
        "武汉' --",
        "武汉'; DROP TABLE held; --",
        "武汉\x00",
        "$1",
        "?",
        "%",
        "武汉' UNION SELECT * FROM held",
        "\\",
    ],
)
def test_what_a_buyer_sends_is_a_value_and_never_a_statement(text: str, tmp_path: Path) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            await clinic.issue(clinic.permit())
            assert (await clinic.query({"city": text})).json()["rows"] == []
            assert len((await clinic.query(WUHAN)).json()["rows"]) == 2

    run(story())


def test_a_cursor_goes_on_with_its_own_question_only(tmp_path: Path) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            await clinic.issue(
                clinic.permit(),
                clinic.permit(id="permit-9", contract="contract-9", token_sha256=token_digest(OTHER_TOKEN)),
            )
            cursor = (await clinic.query(WUHAN)).json()["next"]
            theirs = await clinic.query(WUHAN, permit="permit-9", token=OTHER_TOKEN, cursor=cursor)
            flipped = ("B" if cursor[20] == "A" else "A").join((cursor[:20], cursor[21:]))
            for refused in (
                theirs,
                await clinic.query({"city": "襄阳"}, cursor=cursor),
                await clinic.query(WUHAN, purpose="信贷审批", cursor=cursor),
                await clinic.query({**WUHAN, "insured": True}, cursor=cursor),
                await clinic.query(WUHAN, cursor=cursor[:-4]),
                await clinic.query(WUHAN, cursor=flipped),
                await clinic.query(WUHAN, cursor="A" * 100),
                await clinic.query(WUHAN, cursor="不"),
            ):
                assert refused.status_code == 400
            assert codes(theirs) == ["cursor-wrong"]
            assert (await clinic.query(WUHAN, cursor=cursor)).status_code == 200

    run(story())


def test_pages_end_with_the_version_they_began_with(tmp_path: Path) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            await clinic.issue(clinic.permit())
            call = str(uuid.uuid4())
            first = await clinic.query(WUHAN, call=call)
            more = "v7,420100199909098888,武汉,内科,27,1.00,2026-07-01,true"
            (tmp_path / "visits.csv").write_text("\n".join([*VISITS, more]) + "\n", encoding="utf-8")
            await clinic.keeper.look()
            changed = await clinic.query(WUHAN, cursor=first.json()["next"])
            assert (changed.status_code, codes(changed)) == (409, ["version-changed"])
            assert (await clinic.query(WUHAN)).json()["rows"][0][0] == "v7"
            again = await clinic.query(
                WUHAN, call=call
            )  # a retry is answered with what was answered, whatever came since
            assert again.content == first.content
            assert again.headers["Tongqu-Repeated"] == "true"
            await clinic.keeper.meter.catch_up()
            await clinic.restart()
            assert (await clinic.query(WUHAN, call=call)).content == first.content
            assert codes(await clinic.query({"city": "襄阳"}, call=call)) == ["call-key-reused"]
            assert len(await clinic.receipts()) == 2
            kept = list((tmp_path / "state" / "queries" / "visits").iterdir())
            assert len(kept) == 2  # one file for each query of the version that stands

    run(story())


def test_an_answer_is_kept_for_the_time_that_is_set_and_its_receipt_for_good(tmp_path: Path) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            await clinic.issue(clinic.permit())
            call = str(uuid.uuid4())
            await clinic.query(WUHAN, call=call)
            for page in (tmp_path / "state" / "apart").iterdir():
                assert page.stat().st_mode & 0o077 == 0
                page.unlink()
            gone = await clinic.query(WUHAN, call=call)
            assert (gone.status_code, codes(gone)) == (410, ["answer-gone"])
            assert len(await clinic.receipts()) == 1

    run(story())


def test_one_question_brings_no_more_rows_than_it_may_and_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            more = [f"w{at},42010019900101{at:04d},武汉,内科,30,1.00,2026-01-{at + 1:02d},true" for at in range(20)]
            (tmp_path / "visits.csv").write_text("\n".join([*VISITS, *more]) + "\n", encoding="utf-8")
            await clinic.keeper.look()
            await clinic.issue(clinic.permit())
            first = (await clinic.query(WUHAN, rows=1_000)).json()
            second = (await clinic.query(WUHAN, cursor=first["next"])).json()
            assert [len(first["rows"]), len(second["rows"])] == [2, 1]  # pages of two, three rows in all
            assert (first["limited"], second["limited"], second["next"]) == (False, True, None)

    run(story())


@pytest.mark.parametrize(
    ("charge", "city", "calls", "units"),
    [
        ("asked", "武汉", 1, 1),
        ("asked", "无", 1, 1),
        ("found", "武汉", 1, 1),
        ("found", "无", 1, 0),
        ("rows", "武汉", 2, 2),
        ("rows", "无", 1, 0),
    ],
)
def test_what_is_billed_is_what_the_permit_says(charge: str, city: str, calls: int, units: int, tmp_path: Path) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            await clinic.issue(clinic.permit(charge=charge))
            await clinic.query({"city": city})
            (receipt,) = await clinic.receipts()
            assert (receipt["body"]["calls"], receipt["body"]["units"]) == (calls, units)

    run(story())


def test_callers_at_once_pass_no_limit_and_one_key_is_counted_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            await clinic.issue(clinic.permit(calls_max=2))
            call = str(uuid.uuid4())
            same = await asyncio.gather(*(clinic.query(WUHAN, call=call) for _ in range(6)))
            assert {answer.status_code for answer in same} == {200}
            assert len({answer.content for answer in same}) == 1
            others = await asyncio.gather(*(clinic.query(WUHAN) for _ in range(6)))
            assert sorted(answer.status_code for answer in others) == [200, 403, 403, 403, 403, 403]
            assert len(await clinic.receipts()) == 2

    run(story())


def test_a_query_that_is_too_heavy_is_not_answered_and_not_billed(tmp_path: Path, monkeypatch: Any) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            await clinic.issue(clinic.permit())
            engine = clinic.keeper.room.held["visits"].ready["api", "by-city"]

            def heavy(*_: Any) -> Any:
                raise TooHeavy

            monkeypatch.setattr(engine, "read", heavy)
            refused = await clinic.query(WUHAN)
            assert (refused.status_code, codes(refused)) == (503, ["query-too-heavy"])
            assert refused.headers["Retry-After"] == "10"
            assert await clinic.receipts() == []

    run(story())


def test_a_permit_for_another_query_or_a_wider_one_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            wider = replace(clinic.query_of("by-city"), where=())
            await clinic.issue(
                clinic.permit(),
                clinic.permit(id="permit-9", contract="contract-9", query=wider),
                clinic.permit("all", id="permit-8", contract="contract-8"),
            )
            assert codes(await clinic.query(query="all")) == ["query-not-permitted"]
            assert codes(await clinic.query(WUHAN, permit="permit-9")) == ["not-declared"]
            assert codes(await clinic.query(WUHAN, permit="permit-8")) == ["query-not-permitted"]
            assert codes(await clinic.query(WUHAN, token=OTHER_TOKEN)) == ["permit-or-token-wrong"]
            assert codes(await clinic.ask("001")) == ["mode-not-permitted"]

    run(story())


@pytest.mark.parametrize(
    ("was", "becomes", "where"),
    [
        (", unmasks = true }", " }", "parameters[2].unmasks"),  # a bound on a fee that is shown in bands
        ('order = [{ column = "day", descending = true }]', 'order = [{ column = "fee" }]', "order[0].column"),
        ('order = [{ column = "day", descending = true }]', 'order = [{ column = "age" }]', "order[0].column"),
        ('compare = "eq", required = true', 'compare = "eq"', "open"),
        ('column = "city", type = "text", compare = "eq"', 'column = "age", type = "whole", compare = "eq"', "parameters[0].unmasks"),
        ("rows_max = 3", "rows_max = 1", "rows_max"),
        ('mask = "last", chars = 4', 'mask = "last"', "columns[1].chars"),
        ('edges = ["50", "500"]', 'edges = ["500", "50"]', "columns[4].edges"),
        ('compare = "ge", least', 'compare = "starts", least', "parameters[1].compare"),
        ('mask = "hash"', 'mask = "rot13"', "queries[1].columns[0].mask"),
        ("page_max = 2\n", "page_max = 100000\n", "page_max"),
    ],
)  # fmt: skip
def test_a_query_that_would_tell_what_it_hides_is_not_taken(was: str, becomes: str, where: str, tmp_path: Path) -> None:
    assert was in DECLARED
    with pytest.raises(NodeFault) as refused:
        Clinic(tmp_path, DECLARED.replace(was, becomes, 1))
    assert where in refused.value.words.en


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('column = "visit", title', 'column = "visitor", title'),
        ('column = "city", type = "text"', 'column = "city", type = "whole"'),
        ('mask = "last", chars = 4', 'mask = "year"'),
        ('column = "age", compare = "ge", values = ["6"]', 'column = "age", compare = "ge", values = ["six"]'),
    ],
)
def test_a_query_that_does_not_fit_the_file_leaves_the_source_unserved(was: str, becomes: str, tmp_path: Path) -> None:
    async def story() -> None:
        assert was in DECLARED
        async with Clinic(tmp_path, DECLARED.replace(was, becomes, 1)) as clinic:
            assert clinic.keeper.room.faults["visits"].code == "query-unfit"

    run(story())


def test_no_raw_value_stands_in_a_log_a_metric_or_a_refusal(tmp_path: Path, capfd: Any) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            patient = VISITS[1].split(",")[1]  # never written out here: a traceback of another's would show the line
            await clinic.issue(clinic.permit())
            told = [
                await clinic.query(WUHAN),
                await clinic.query({"city": patient}),
                await clinic.query({"city": patient, "insured": patient}),
            ]
            async with clinic.buyer as buyer:
                told.append(await buyer.get("/metrics"))
                told.append(await buyer.get("/health"))
            heard = capfd.readouterr()
            everything = "".join(each.text for each in told) + heard.out + heard.err
            assert patient not in everything
            assert WUHAN["city"] not in heard.out + heard.err

    run(story())


# -- the engine ----------------------------------------------------------------------------------------------------------


def engine_of(tmp_path: Path, table: pa.Table) -> Any:
    clinic = Clinic.__new__(Clinic)
    clinic.config = tmp_path / "node.toml"
    clinic.config.write_text('[node]\nname = "n"\nexchange = "http://x.test"\n' + DECLARED, encoding="utf-8")
    query = clinic.query_of("by-city")
    kept = parted(tmp_path / "kept", table, part_rows=1_000_000)
    return prepare(DuckEngine(tmp_path / "spill"), kept, query, tmp_path / "queries", 5)


def visits(count: int) -> pa.Table:
    cities = np.where(np.arange(count) % 2 == 0, "武汉", "襄阳")
    return pa.table({
        "visit": np.arange(count).astype(str), "patient": np.arange(count).astype(str), "city": cities,
        "ward": np.repeat("内科", count), "age": np.repeat(40, count), "fee": np.arange(count) / 7,
        "day": pa.array(np.arange(count) % 900, pa.int32()).cast(pa.date32()), "insured": np.repeat(True, count),
    })  # fmt: skip


def test_the_engine_reaches_nothing_but_its_own_rows(tmp_path: Path) -> None:
    cursor = engine_of(tmp_path, visits(10))._pages._laid._engine.cursor()
    for statement in (
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "COPY held TO '/tmp/taken.csv'",
        "ATTACH '/tmp/other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET memory_limit = '16GB'",
        "SET enable_external_access = true",
        "DROP TABLE held",
        "UPDATE held SET c0 = ''",
    ):
        with pytest.raises(duckdb.Error):
            cursor.execute(statement)
    assert cursor.execute("SELECT count(*) FROM held").fetchone() == (10,)


def test_the_engine_is_stopped_when_its_time_is_up(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, visits(2_000_000))
    every = Compared("patient", "in", tuple(f"x{at}" for at in range(100)))
    with pytest.raises(TooHeavy):
        engine.read(Filtered((every, every, every), after=0, rows=10), seconds=0.001)
    assert len(engine.read(Filtered((Compared("city", "eq", ("武汉",)),), after=0, rows=3))) == 3


def test_every_row_comes_once_however_the_pages_fall(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, visits(1_001))
    wanted, seen, after = Compared("city", "eq", ("武汉",)), [], 0
    while rows := engine.read(Filtered((wanted,), after, 7)):
        seen += [row[1] for row in rows]
        after = rows[-1][0]
    assert sorted(seen, key=int) == [str(at) for at in range(0, 1_001, 2)]


def test_floats_that_are_no_number_are_above_no_bound(tmp_path: Path) -> None:
    table = visits(4)
    fees = pa.array([float("nan"), 1.0, None, 3.0])
    table = table.set_column(table.column_names.index("fee"), "fee", fees)
    rows = engine_of(tmp_path, table).read(Filtered((Compared("fee", "ge", (2,)),), 0, 10))
    assert [row[1] for row in rows] == ["3"]


def test_the_declaration_tells_the_queries_to_the_exchange(tmp_path: Path) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            declared = clinic.exchange.sources["visits"]
            assert [query.id for query in declared.queries] == ["by-city", "all"]
            assert declared.use("api", "by-city") == clinic.query_of("by-city")
            assert clinic.exchange.sources["credit"].queries == ()
            assert read_config(clinic.config).sources[1].uses["api", "all"].open

    run(story())


def test_a_permit_that_changed_while_the_query_ran_is_the_one_that_is_billed_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            await clinic.issue(clinic.permit("all"))
            begun, goes_on, read = threading.Event(), threading.Event(), QueryEngine.read

            def slowly(engine: QueryEngine, *told: Any) -> Any:
                begun.set()
                goes_on.wait(30)
                return read(engine, *told)

            monkeypatch.setattr(QueryEngine, "read", slowly)
            asked = asyncio.create_task(clinic.query(query="all", rows=3))
            try:
                assert await asyncio.to_thread(begun.wait, 10)
                await clinic.issue(clinic.permit("all", revision=2, charge="rows"))
            finally:
                goes_on.set()
            assert (await asked).status_code == 200
            (receipt,) = await clinic.receipts()
            body = receipt["body"]
            assert (body["permit_revision"], body["calls"], body["units"]) == (2, 3, 3)

    run(story())


def test_one_contracts_heavy_queries_keep_no_other_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            other = {"id": "permit-9", "contract": "contract-9", "token_sha256": token_digest(OTHER_TOKEN)}
            await clinic.issue(clinic.permit("all"), clinic.permit(**other))
            goes_on = threading.Event()
            read = QueryEngine.read

            def slowly(engine: QueryEngine, *told: Any) -> Any:
                if engine.query.id == "all":
                    goes_on.wait(60)
                return read(engine, *told)

            monkeypatch.setattr(QueryEngine, "read", slowly)
            heavy = [asyncio.create_task(clinic.query(query="all")) for _ in range(6)]
            turns = clinic.keeper.steps._modes["api"]._turns
            try:
                while len(turns.of("contract-1")._waiters or ()) < 4:  # two are at work, the others wait for these
                    await asyncio.sleep(0.01)
                quick = await asyncio.wait_for(clinic.query(WUHAN, permit="permit-9", token=OTHER_TOKEN), 30)
            finally:
                goes_on.set()
            assert quick.status_code == 200
            assert [each.status_code for each in await asyncio.gather(*heavy)] == [200] * 6

    run(story())


def test_a_page_that_is_refused_leaves_nothing_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with Clinic(tmp_path) as clinic:
            await clinic.issue(clinic.permit("all", charge="rows", calls_max=3))
            begun, goes_on, read = threading.Event(), threading.Event(), QueryEngine.read

            def slowly(engine: QueryEngine, *told: Any) -> Any:
                if not begun.is_set():
                    begun.set()
                    assert goes_on.wait(60)
                return read(engine, *told)

            monkeypatch.setattr(QueryEngine, "read", slowly)
            late = asyncio.create_task(clinic.query(query="all", rows=3))
            try:
                assert await asyncio.to_thread(begun.wait, 60)
                assert (await clinic.query(query="all", rows=3)).status_code == 200  # takes the three that are left
            finally:
                goes_on.set()
            assert codes(await late) == ["calls-exhausted"]
            assert len(list((tmp_path / "state" / "apart").iterdir())) == 1

    run(story())

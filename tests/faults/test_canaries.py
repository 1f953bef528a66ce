"""The look itself: it finds a value of the source wherever one is put, and passes over what holds the source by design."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.faults.canaries import ANSWER, FILE, METRICS, TOLD, Look
from tests.faults.house import House, running
from tests.node.processes import exchange_over_http
from tests.node.world import CANARIES, FakeExchange
from tongqu.node.clock import wall_clock
from tongqu.wire.message import BadMessage

NAME = CANARIES[0]


def _put_right(look: Look, *expected: str) -> None:
    """What was found, and the test's own end finds nothing more."""
    assert look.found == [f"{secret} in {where}" for where in expected for secret in (NAME, "CANARY")]
    look.found.clear()


@pytest.mark.parametrize(("path", "kind"), [("/v1/verify", ANSWER), ("/health", ANSWER), ("/metrics", METRICS)])
def test_an_answer_that_repeats_what_was_asked_is_found(look: Look, path: str, kind: str) -> None:
    node = httpx.MockTransport(lambda request: httpx.Response(403, text=f"no such key: {NAME}"))
    with httpx.Client(transport=node, base_url="http://node.test") as buyer:
        buyer.get(path)
    _put_right(look, f"{kind} 403 to {path}")


def test_a_value_told_in_a_header_is_found(look: Look) -> None:
    node = httpx.MockTransport(lambda request: httpx.Response(200, headers={"Tongqu-Key": NAME}))
    with httpx.Client(transport=node, base_url="http://node.test") as buyer:
        buyer.get("/live")
    _put_right(look, f"{ANSWER} 200 to /live")


def test_a_value_told_to_the_exchange_is_found(look: Look) -> None:
    exchange = FakeExchange(wall_clock)
    exchange.node_key = exchange.signer.public_bytes
    with pytest.raises(BadMessage):
        exchange._open({"body": {"answers": [NAME]}, "seal": {}})
    _put_right(look, f"{TOLD} in a sync")


@pytest.mark.parametrize("name", ["node.log", "state/journal/journal-00000001.log", "state/columns/credit", "b.tar"])
def test_a_value_in_a_file_that_does_not_hold_the_source_is_found(look: Look, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\x00\xff" + NAME.encode())
    look.at_files(tmp_path)
    file.unlink()
    _put_right(look, f"{FILE} {name}")


def test_what_holds_the_source_by_design_is_passed_over(look: Look, tmp_path: Path) -> None:
    for name in ("credit.csv", "state/kept/credit/0.parquet", "state/engine-1/spill/x", "state/snapshots/1.csv"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(NAME)
    (tmp_path / "state" / "book.db").write_text("permits")
    assert look.at_files(tmp_path) == {"book.db"}


@pytest.mark.faults
@pytest.mark.slow
def test_a_node_that_logs_a_row_before_it_dies_is_found(look: Look, tmp_path: Path) -> None:
    with exchange_over_http(FakeExchange(wall_clock)) as url:
        house = House(tmp_path, url)
        house.enrol()
        with running(house):
            with house.log.open("a") as log:
                log.write(f"could not read the row 001,{NAME},1\n")
            house.kill()
    assert all(look.looked[kind] for kind in (ANSWER, METRICS, TOLD, FILE))
    _put_right(look, f"{FILE} node.log")
    house.log.unlink()

"""The books: whole fen, holds in two phases, nothing overdrawn, nothing changed afterwards, whoever writes at once."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from beancount import loader
from django.db import DatabaseError, IntegrityError, connection, transaction

from tongqu.exchange.bedrock import ledger
from tongqu.exchange.bedrock.ledger import Hold, Move, Post, Reverse, Void

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
BANK, BUYER, SELLER, FEES = "bank/clearing", "party/7/available", "party/8/proceeds", "exchange/fees"


def post(*entries: ledger.Entry, at: datetime = NOON) -> tuple[int, ...]:
    with transaction.atomic():
        return ledger.post(entries, at=at, fact_id=None)


def available(path: str) -> int:
    return ledger.balance(path).available


@pytest.fixture
def funded() -> None:
    post(Move(BANK, BUYER, 10_000, "入金"))


def test_a_move_takes_from_one_and_gives_to_the_other(funded: None) -> None:
    post(Move(BUYER, SELLER, 300, "货款"))
    assert (available(BANK), available(BUYER), available(SELLER)) == (-10_000, 9_700, 300)
    assert ledger.audit() == []


def test_an_account_is_not_overdrawn_and_the_shortfall_is_named(funded: None) -> None:
    with pytest.raises(ledger.Overdraft) as short:
        post(Move(BUYER, SELLER, 10_001))
    assert "0.01" in short.value.words.zh
    assert available(BUYER) == 10_000


def test_a_hold_reserves_and_its_post_pays_several_and_frees_the_rest(funded: None) -> None:
    post(Hold("deal/1", BUYER, SELLER, 6_000))
    assert (ledger.balance(BUYER).posted, available(BUYER)) == (10_000, 4_000)
    post(Post("deal/1", (Move(BUYER, SELLER, 4_500), Move(BUYER, FEES, 500))))
    assert (available(BUYER), available(SELLER), available(FEES)) == (5_000, 4_500, 500)
    assert ledger.audit() == []


def test_held_money_cannot_be_spent_elsewhere(funded: None) -> None:
    post(Hold("deal/1", BUYER, SELLER, 10_000))
    with pytest.raises(ledger.Overdraft):
        post(Move(BUYER, SELLER, 1))


@pytest.mark.parametrize("end", [Void("deal/1"), Post("deal/1", (Move(BUYER, SELLER, 1),))])
def test_a_hold_ends_once(funded: None, end: ledger.Entry) -> None:
    post(Hold("deal/1", BUYER, SELLER, 6_000))
    post(end)
    with pytest.raises(ledger.HoldEnded):
        post(Void("deal/1"))


def test_a_post_takes_no_more_than_was_held_nor_from_another_account(funded: None) -> None:
    post(Move(BANK, SELLER, 500), Hold("deal/1", BUYER, SELLER, 600))
    with pytest.raises(ledger.HoldExceeded):
        post(Post("deal/1", (Move(BUYER, SELLER, 601),)))
    with pytest.raises(ledger.HoldExceeded):
        post(Post("deal/1", (Move(SELLER, FEES, 1),)))
    with pytest.raises(ledger.UnknownHold):
        post(Void("deal/2"))
    with pytest.raises(ledger.HoldNameTaken):
        post(Hold("deal/1", BUYER, SELLER, 1))


def test_a_hold_expires_at_its_moment_and_not_before(funded: None) -> None:
    until = NOON + timedelta(hours=1)
    post(Hold("deal/1", BUYER, SELLER, 6_000, until=until))
    assert ledger.expire_due(until - timedelta(microseconds=1)) == 0
    assert ledger.expire_due(until) == 1
    assert available(BUYER) == 10_000


def test_a_correction_is_a_reversing_move_made_once(funded: None) -> None:
    (wrong,) = post(Move(BUYER, SELLER, 300, "付错"))
    post(Reverse(wrong, "冲正"))
    assert (available(BUYER), available(SELLER)) == (10_000, 0)
    with pytest.raises(ledger.AlreadyReversed):
        post(Reverse(wrong, "再冲"))


def test_all_entries_are_posted_or_none(funded: None) -> None:
    with pytest.raises(ledger.Overdraft):
        post(Move(BUYER, SELLER, 5_000), Move(BUYER, FEES, 5_001))
    assert (available(BUYER), available(SELLER)) == (10_000, 0)


@pytest.mark.parametrize("table", ["bedrock_move", "bedrock_hold", "bedrock_hold_end"])
@pytest.mark.parametrize("change", ["update {} set memo = 'x'", "delete from {}", "truncate {} cascade"])
def test_the_database_refuses_to_change_what_was_written(funded: None, table: str, change: str) -> None:
    post(Hold("deal/1", BUYER, SELLER, 6_000))
    post(Void("deal/1"))
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(change.format(table))


def test_a_row_written_past_the_program_is_counted_and_bounded_too(funded: None) -> None:
    post(Move(BUYER, SELLER, 1))
    with connection.cursor() as cursor, pytest.raises(IntegrityError):
        cursor.execute(
            "insert into bedrock_move (source_id, target_id, fen, memo, at)"
            " select s.id, t.id, 999999, 'past the door', now() from bedrock_account s, bedrock_account t"
            " where s.path = %s and t.path = %s",
            [BUYER, SELLER],
        )


@pytest.mark.parametrize("fen", [0, -1, True, 1.5])
def test_an_amount_is_a_positive_whole_number(fen: int) -> None:
    with pytest.raises(ValueError, match="whole number of fen"):
        Move(BUYER, SELLER, fen)


def test_an_account_of_no_known_kind_is_refused() -> None:
    with pytest.raises(ledger.UnknownAccount):
        post(Move("nowhere/1", BUYER, 1))


def test_fees_credited_on_many_stripes_can_be_paid_out_whole(funded: None) -> None:
    post(Move(BUYER, FEES, 700))
    post(Move(FEES, SELLER, 700))
    assert (available(FEES), available(SELLER)) == (0, 700)
    with pytest.raises(ledger.Overdraft):
        post(Move(FEES, SELLER, 1))


def test_a_statement_runs_the_balance_and_names_the_other_side(funded: None) -> None:
    post(Move(BUYER, SELLER, 300, "货款"), at=NOON + timedelta(days=1))
    lines = ledger.statement(BUYER)
    assert [(line.fen, line.balance, line.other) for line in lines] == [(10_000, 10_000, BANK), (-300, 9_700, SELLER)]
    later = ledger.statement(BUYER, since=NOON + timedelta(hours=1))
    assert [(line.fen, line.balance) for line in later] == [(-300, 9_700)]


def test_beancount_accepts_the_books_and_agrees_on_every_balance(funded: None, tmp_path: object) -> None:
    post(Move(BUYER, SELLER, 333, '货款 "引号" \\ 反斜杠\n换行'))
    (wrong,) = post(Move(BUYER, FEES, 7))
    post(Reverse(wrong, "冲正"))
    for since in (None, NOON + timedelta(days=1)):
        out = io.StringIO()
        ledger.export_beancount(out, since=since)
        entries, errors, _ = loader.load_string(out.getvalue())
        assert errors == []
        assert entries
    book = out.getvalue()
    assert "Liabilities:Party:7:Available  96.67 CNY" in book


def test_an_audit_names_the_account_whose_balance_was_tampered_with(funded: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update bedrock_balance b set posted = posted + 1 from bedrock_account a where a.id = b.account_id and a.path = %s",
            [BUYER],
        )
    assert any(BUYER in fault for fault in ledger.audit())
    assert any("not 0" in fault for fault in ledger.audit())

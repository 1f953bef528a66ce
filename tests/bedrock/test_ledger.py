"""The books: whole fen, holds in two phases, nothing overdrawn, nothing changed afterwards, whoever writes at once."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from beancount import loader
from django.db import DatabaseError, IntegrityError, connection, transaction

from tongqu.exchange.bedrock import ledger
from tongqu.exchange.bedrock.ledger import Hold, Move, Post, Reverse, Void
from tongqu.exchange.bedrock.ledger.beancount import name_of
from tongqu.exchange.bedrock.ledger.posting import holds_due

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


def _book(**period: datetime) -> tuple[str, list[object]]:
    out = io.StringIO()
    ledger.export_beancount(out, **period)
    _, errors, _ = loader.load_string(out.getvalue())
    return out.getvalue(), errors


def _busy_books() -> None:
    post(Move(BUYER, SELLER, 333, '货款 "引号" \\ 反斜杠\n换行'))
    (wrong,) = post(Move(BUYER, FEES, 7), at=NOON + timedelta(days=1))
    post(Reverse(wrong, "冲正"), at=NOON + timedelta(days=2))
    post(Hold("deal/1", BUYER, SELLER, 100), at=NOON + timedelta(days=3))
    post(Post("deal/1", (Move(BUYER, FEES, 9, "服务费"),)), at=NOON + timedelta(days=3))


def test_beancount_accepts_the_books_of_any_period(funded: None) -> None:
    _busy_books()
    days = [None, *(NOON + timedelta(days=n, hours=1) for n in (-5, 0, 1, 2, 9))]
    for since in days:
        for until in (day for day in days if since is None or day is None or since <= day):
            period = {k: v for k, v in (("since", since), ("until", until)) if v is not None}
            assert _book(**period)[1] == [], period


def test_beancount_is_told_what_is_owed_and_what_lies_at_the_bank(funded: None) -> None:
    _busy_books()
    book, _ = _book()
    assert "balance Assets:Bank:Clearing  100.00 ~ 0 CNY" in book
    assert "balance Liabilities:Party:7:Available  -96.58 ~ 0 CNY" in book
    assert "balance Income:Exchange:Fees  -0.09 ~ 0 CNY" in book
    assert '"货款 \\"引号\\" \\\\ 反斜杠 换行"' in book


def test_beancount_finds_a_fen_that_was_changed_in_the_file(funded: None) -> None:
    _busy_books()
    book, _ = _book()
    changed = book.replace("3.33 CNY", "3.34 CNY")
    assert changed != book
    assert loader.load_string(changed)[1]


def test_bean_check_itself_is_content(funded: None, tmp_path: Path) -> None:
    _busy_books()
    (tmp_path / "books.beancount").write_text(_book()[0], encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "beancount.scripts.check", str(tmp_path / "books.beancount")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (checked.returncode, checked.stderr) == (0, "")


def test_no_two_accounts_have_one_name_in_beancount(funded: None) -> None:
    paths = ["party/1/a-b", "party/1/a/b", "party/11/a", "party/1/1a", "exchange/fees", "bank/fees", "party/fees"]
    assert len({name_of(path) for path in paths}) == len(paths)


def test_an_audit_names_the_account_whose_balance_was_tampered_with(funded: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update bedrock_balance b set posted = posted + 1 from bedrock_account a"
            " where a.id = b.account_id and a.path = %s",
            [BUYER],
        )
    assert any(BUYER in fault for fault in ledger.audit())
    assert any("not 0" in fault for fault in ledger.audit())


def test_an_audit_names_a_hold_that_paid_too_much_and_a_reversal_that_is_none(funded: None) -> None:
    post(Hold("deal/1", BUYER, SELLER, 100))
    (paid,) = post(Post("deal/1", (Move(BUYER, SELLER, 100),)))
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into bedrock_move (source_id, target_id, fen, memo, at, hold_id)"
            " select source_id, target_id, 1, '', at, hold_id from bedrock_move where id = %s",
            [paid],
        )
        cursor.execute(
            "insert into bedrock_move (source_id, target_id, fen, memo, at, reverses_id)"
            " select target_id, source_id, 2, '', at, id from bedrock_move where id = %s returning id",
            [paid],
        )
        (odd,) = cursor.fetchone()
    faults = ledger.audit()
    assert any("hold deal/1" in fault for fault in faults)
    assert any(f"move {odd}" in fault for fault in faults)


def test_an_overdraft_says_what_is_available_and_what_is_missing(funded: None) -> None:
    post(Hold("deal/1", BUYER, SELLER, 4_000))
    with pytest.raises(ledger.Overdraft) as short:
        post(Move(BUYER, SELLER, 6_001))
    assert (short.value.account, short.value.available_fen, short.value.short_fen) == (BUYER, 6_000, 1)
    assert "¥ 60.00" in short.value.words.zh
    assert "¥ 0.01" in short.value.words.en
    with pytest.raises(ledger.Overdraft):
        post(Hold("deal/2", BUYER, SELLER, 6_001))


def test_entries_of_one_post_take_effect_together_in_whatever_order_they_are_named(funded: None) -> None:
    (wrong,) = post(Move(BUYER, SELLER, 10_000))
    post(Move(SELLER, FEES, 10_000))
    moves = post(Hold("deal/1", BUYER, FEES, 10_000), Reverse(wrong), Move(FEES, SELLER, 10_000))
    assert (ledger.balance(BUYER).held, available(BUYER), available(SELLER)) == (10_000, 0, 0)
    assert len(moves) == 2
    assert ledger.audit() == []


def test_the_numbers_of_the_moves_come_back_in_the_order_of_the_entries(funded: None) -> None:
    (wrong,) = post(Move(BUYER, SELLER, 5))
    post(Hold("deal/1", BUYER, SELLER, 100))
    numbers = post(
        Move(BUYER, SELLER, 1, "a"), Reverse(wrong, "b"),
        Post("deal/1", (Move(BUYER, SELLER, 2, "c"), Move(BUYER, FEES, 3, "d"))), Move(BUYER, FEES, 4, "e"),
    )  # fmt: skip
    memo = {line.move: line.memo for path in (BUYER, SELLER) for line in ledger.statement(path)}
    assert [memo[number] for number in numbers] == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("twice", "refusal"),
    [
        ((Void("deal/1"), Void("deal/1")), ledger.HoldEnded),
        ((Void("deal/1"), Post("deal/1")), ledger.HoldEnded),
        ((Hold("deal/2", BUYER, SELLER, 1), Hold("deal/2", BUYER, FEES, 1)), ledger.HoldNameTaken),
        ((Reverse(0),), ledger.AlreadyReversed),
    ],
)
def test_one_post_cannot_do_the_same_thing_twice(
    funded: None, twice: tuple[ledger.Entry, ...], refusal: type[Exception]
) -> None:
    post(Hold("deal/1", BUYER, SELLER, 100))
    with pytest.raises(refusal):
        post(*twice)
    assert (ledger.balance(BUYER).posted, ledger.balance(BUYER).held) == (10_000, 100)


def test_one_post_cannot_reverse_a_move_twice(funded: None) -> None:
    (wrong,) = post(Move(BUYER, SELLER, 5))
    with pytest.raises(ledger.AlreadyReversed):
        post(Reverse(wrong), Reverse(wrong))


def test_a_fee_is_reversed_on_whichever_stripe_it_lies(funded: None) -> None:
    for _ in range(4):
        connection.close()  # another connection, hence another stripe
        (paid,) = post(Move(BUYER, FEES, 7))
        connection.close()
        post(Reverse(paid))
    assert (available(FEES), available(BUYER)) == (0, 10_000)


def test_fees_can_be_held_and_paid_out_of_the_hold(funded: None) -> None:
    post(Move(BUYER, FEES, 700))
    post(Hold("payout/1", FEES, BANK, 700))
    with pytest.raises(ledger.Overdraft):
        post(Move(FEES, SELLER, 1))
    post(Post("payout/1", (Move(FEES, BANK, 650),)))
    assert (available(FEES), available(BANK)) == (50, -9_350)
    assert ledger.audit() == []


def test_money_may_be_held_on_the_outside_world(funded: None) -> None:
    post(Hold("incoming/1", BANK, BUYER, 500))
    post(Post("incoming/1", (Move(BANK, BUYER, 500),)))
    assert available(BUYER) == 10_500
    assert ledger.audit() == []


def test_a_statement_follows_the_time_of_the_moves_and_counts_from_what_was_there(funded: None) -> None:
    post(Move(BUYER, SELLER, 300), at=NOON + timedelta(days=2))
    post(Move(BUYER, FEES, 50), at=NOON + timedelta(days=1))
    assert [(line.fen, line.balance) for line in ledger.statement(BUYER)] == [
        (10_000, 10_000), (-50, 9_950), (-300, 9_650),
    ]  # fmt: skip
    one_day = ledger.statement(BUYER, since=NOON + timedelta(days=1), until=NOON + timedelta(days=2))
    assert [(line.fen, line.balance) for line in one_day] == [(-50, 9_950)]
    assert ledger.statement("party/99/available") == []
    assert len(ledger.statement(BUYER, limit=2)) == 2
    assert [line.fen for line in ledger.statement(BUYER, limit=1, offset=1)] == [-50]
    assert ledger.lines(BUYER) == 3
    assert ledger.lines(BUYER, since=NOON + timedelta(days=1), until=NOON + timedelta(days=2)) == 1


@pytest.mark.parametrize("table", ["bedrock_account", "bedrock_balance"])
@pytest.mark.parametrize("change", ["delete from {}", "truncate {} cascade"])
def test_an_account_does_not_vanish(funded: None, table: str, change: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(change.format(table))


@pytest.mark.parametrize(
    "path", ["party/", "party", "party/7/", "party//7", "Party/7", "party/7/可用", "bank/x\ny", "party/" + "x" * 200]
)
def test_a_path_that_is_not_one_is_refused(path: str) -> None:
    with pytest.raises(ledger.UnknownAccount):
        post(Move(path, SELLER, 1))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Move(BUYER, BUYER, 1),
        lambda: Hold("h", BUYER, BUYER, 1),
        lambda: Move(BUYER, SELLER, 10**19),
        lambda: Move(BUYER, SELLER, 1, "长" * 201),
        lambda: Void("deal/1", "\x00"),
        lambda: Hold("", BUYER, SELLER, 1),
        lambda: Hold("h" * 121, BUYER, SELLER, 1),
        lambda: Hold("h", BUYER, SELLER, 1, until=datetime(2026, 1, 1)),
    ],
)
def test_an_entry_that_could_not_be_kept_is_refused_where_it_is_made(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each for a reason of its own
        wrong()


def test_holds_that_are_due_are_listed_and_a_hold_without_an_end_never_is(funded: None) -> None:
    until = NOON + timedelta(hours=1)
    post(Hold("deal/1", BUYER, SELLER, 1, until=until), Hold("deal/2", BUYER, SELLER, 1))
    post(Hold("deal/3", BUYER, SELLER, 1, until=until))
    post(Void("deal/3"))
    assert holds_due(until) == ["deal/1"]

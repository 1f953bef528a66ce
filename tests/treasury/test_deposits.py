"""Bank statement files: every line is credited once, kept for finance, or kept with what is wrong with it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from tests.trading.dealing import Market
from tongqu.exchange.bedrock import keys, ledger
from tongqu.exchange.bedrock.procedures import Alarm, NotYours, Refused, Unknown, perform
from tongqu.exchange.members.models import Organisation
from tongqu.exchange.treasury import deposits
from tongqu.exchange.treasury.deposits import BANK_FAULT, DEPOSIT, BadBankFile, bank_faults
from tongqu.exchange.treasury.deposits.bankfile import COLUMNS, read
from tongqu.exchange.treasury.deposits.models import BankFault, Deposit
from tongqu.exchange.web.history import paper_of, papers_of

HEAD = "流水号,日期,付款人,付款账号,金额,附言"


def line(
    reference: str = "R1", date: str = "2026-09-07", payer: str = "示例公司", fen: str = "100.00", memo: str = ""
) -> str:
    return f"{reference},{date},{payer},6222,{fen},{memo}"


def file(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\n".join([HEAD, *lines]).encode(encoding)


# Reading.


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_file_is_read_however_the_bank_writes_text(encoding: str, newline: str) -> None:
    content = newline.join([HEAD, line(memo="货款"), "", line("R2")]).encode(encoding)
    lines, faults = read(content)
    assert [(one.row, one.reference, one.fen) for one in lines] == [(2, "R1", 10_000), (4, "R2", 10_000)]
    assert lines[0].memo == "货款"
    assert faults == []


def test_gb18030_with_a_mark_is_read_too() -> None:
    lines, _ = read("\ufeff".encode("gb18030") + file(line(), encoding="gb18030"))
    assert lines[0].payer == "示例公司"


def test_columns_may_stand_in_any_order_with_others_between() -> None:
    lines, _ = read("附言,金额,借贷,日期,付款账号,付款人,流水号\n货款,1.5,贷,2026/9/7,6222,示例公司,R1".encode())
    assert (lines[0].fen, lines[0].memo, lines[0].booked_date.isoformat()) == (150, "货款", "2026-09-07")


@pytest.mark.parametrize(
    ("amount", "fen"),
    [
        ("0.01", 1),
        ("1", 100),
        ("1.5", 150),
        ('"12,000.00"', 1_200_000),
        ('"1,234,567.89"', 123_456_789),
        ("999999999999.99", 99_999_999_999_999),
    ],
)
def test_amounts_as_banks_write_them(amount: str, fen: int) -> None:
    assert read(file(line(fen=amount)))[0][0].fen == fen


@pytest.mark.parametrize(
    "amount", ["", "0", "0.00", "-1", "+1", "1.005", "一万元", "1e3", "１００", '"1,2.00"', '"12,00"', "NaN", "1" * 13]
)
def test_what_is_no_amount_is_a_fault(amount: str) -> None:
    lines, faults = read(file(line(fen=amount)))
    assert lines == []
    assert "金额" in faults[0].words.zh
    assert faults[0].reference == "R1"


@pytest.mark.parametrize("date", ["", "2026-13-01", "2026-02-30", "昨天", "1999-12-31", "26-09-07", "2026-9-7-1"])
def test_what_is_no_day_is_a_fault(date: str) -> None:
    lines, faults = read(file(line(date=date)))
    assert (lines, len(faults)) == ([], 1)


@pytest.mark.parametrize("date", ["2026-09-07", "2026/09/07", "2026/9/7", "2026-9-7", "20260907"])
def test_days_as_banks_write_them(date: str) -> None:
    assert read(file(line(date=date)))[0][0].booked_date.isoformat() == "2026-09-07"


def test_a_stray_quotation_mark_spoils_its_own_line_alone() -> None:
    """Read as one, the rest of the file would be the payer's name."""
    lines, faults = read(file(line("R1"), line("R2", payer='"示例公司'), line("R3")))
    assert [one.reference for one in lines] == ["R1", "R3"]
    assert [fault.row for fault in faults] == [3]
    assert "示例公司" in faults[0].raw


@pytest.mark.parametrize(
    "text",
    [
        "R9",
        "R9,2026-09-07",
        ",2026-09-07,示例,6222,1.00,",
        "流水 9,2026-09-07,示例,6222,1.00,",
        "R9,2026-09-07,,6222,1.00,",
    ],
)
def test_a_line_that_lacks_something_is_a_fault(text: str) -> None:
    lines, faults = read(file(text))
    assert (lines, [fault.row for fault in faults]) == ([], [2])
    assert faults[0].raw == text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空"),
        (b"\n\n", "空"),
        (b"\xff\xfe\x00", "编码"),
        ("流水号,日期".encode(), "缺少列"),
        (f"{HEAD},金额\n".encode(), "重复"),
        ("\n".join([HEAD, *["x"] * 20_001]).encode(), "超过"),
    ],
)
def test_a_file_that_is_none_is_refused_whole(content: bytes, said: str) -> None:
    with pytest.raises(BadBankFile) as bad:
        read(content)
    assert said in bad.value.words.zh


def test_a_code_inside_a_longer_number_is_no_code() -> None:
    code = "91420100MA00000110"
    assert read(file(line(memo=f"货款 {code.lower()}")))[0][0].codes == (code,)
    assert read(file(line(memo=f"账号{code}9")))[0][0].codes == ()
    assert read(file(line(memo=f"{code} {code}")))[0][0].codes == (code,)


@with_settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(
        st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\n\r"), max_size=60), max_size=8
    )
)
def test_whatever_stands_there_each_line_is_understood_or_named(rows: list[str]) -> None:
    lines, faults = read(file(*rows))
    told = {one.row for one in lines} | {fault.row for fault in faults}
    assert told == {number for number, text in enumerate(rows, start=2) if text.strip(" ,\t")}
    assert all(fault.words.zh and fault.words.en and len(fault.raw) <= 500 for fault in faults)


def test_the_guide_names_the_columns() -> None:
    assert ",".join(COLUMNS) == HEAD
    assert HEAD in (Path(__file__).resolve().parents[2] / "docs" / "guides" / "treasury.md").read_text("utf-8")


# Importing.


@pytest.mark.django_db
class TestImporting:
    def test_a_line_with_a_members_code_is_credited_and_the_rest_waits_for_finance(self, market: Market) -> None:
        code = market.parties["buyer"].credit_code
        two = f"{code} {market.parties['grid'].credit_code}"
        found = market.import_file(file(line("R1", memo=f"预存 {code}"), line("R2", memo="货款"), line("R3", memo=two)))
        assert (found.credited, found.unmatched, found.repeated, found.faults) == (1, 2, 0, ())
        assert market.money("buyer") == (10_000, 0)
        waiting = Deposit.objects.filter(state="received").order_by("reference")
        assert [row.reference for row in waiting] == ["R2", "R3"]
        perform(
            DEPOSIT,
            "assign",
            waiting[0].pk,
            by=market.finance(),
            at=market.now,
            party=market.party("grid"),
            reason="回单户名一致",
        )
        perform(DEPOSIT, "send_back", waiting[1].pk, by=market.finance(), at=market.now, reason="无法确认付款人")
        assert market.money("grid") == (10_000, 0)
        market.audited()

    def test_each_line_once_within_a_file_and_across_files(self, market: Market) -> None:
        code = market.parties["buyer"].credit_code
        one = line("R1", memo=code)
        first = market.import_file(file(one, one))
        again = market.import_file(file(one, one))
        other = market.import_file(file(line("R2", memo=code), one), name="另一份.csv")
        assert [(f.credited, f.repeated) for f in (first, again, other)] == [(1, 1), (0, 2), (1, 1)]
        assert market.money("buyer") == (20_000, 0)

    def test_a_bank_number_used_for_another_payment_is_kept_for_a_person(self, market: Market) -> None:
        """Else the second payment would vanish as a repeat of the first."""
        code = market.parties["buyer"].credit_code
        market.import_file(file(line("R1", memo=code)))
        found = market.import_file(file(line("R1", fen="250.00", memo=code), line("R1", date="2026-09-08", memo=code)))
        assert (found.credited, found.repeated, len(found.faults)) == (0, 0, 2)
        assert "另一笔" in found.faults[0].words.zh
        assert market.money("buyer") == (10_000, 0)
        assert bank_faults()[1] == 2

    def test_faults_are_kept_listed_and_dealt_with(self, market: Market) -> None:
        bad = "R7,2026-09-07,示例公司,6222,一万元,货款"
        found = market.import_file(file(bad, line("R8", memo=market.parties["buyer"].credit_code)))
        assert (found.credited, len(found.faults)) == (1, 1)
        (fault,), total = bank_faults()
        assert (total, fault.row, fault.raw, fault.reference, fault.paper) == (1, 2, bad, "R7", found.paper)
        assert "一万元" in fault.words.zh
        with pytest.raises(NotYours):
            perform(BANK_FAULT, "resolve", fault.id, by=market.actor("buyer"), at=market.now, resolution="算了")
        perform(
            BANK_FAULT, "resolve", fault.id, by=market.finance(), at=market.now, resolution="已与银行核对，重开对账单"
        )
        assert bank_faults() == ([], 0)
        assert bank_faults(state="resolved")[1] == 1

    def test_the_same_file_again_keeps_its_faults_once(self, market: Market) -> None:
        content = file("R7,2026-09-07,示例公司,6222,一万元,货款")
        market.import_file(content)
        assert len(market.import_file(content).faults) == 1
        assert BankFault.objects.count() == 1

    def test_a_later_file_in_which_the_line_is_readable_settles_its_fault(self, market: Market) -> None:
        market.import_file(file("R7,2026-09-07,示例公司,6222,一万元,货款"))
        market.import_file(file(line("R7", fen="10000.00", memo=market.parties["buyer"].credit_code)), name="更正.csv")
        assert BankFault.objects.get().state == "resolved"
        assert market.money("buyer") == (1_000_000, 0)

    def test_a_fault_nobody_deals_with_raises_an_alarm(self, market: Market) -> None:
        market.import_file(file("R7,2026-09-07,示例公司,6222,一万元,货款"))
        market.later(days=10)
        assert Alarm.objects.filter(procedure="bank_fault").count() == 1

    @pytest.mark.parametrize("state", ["applied", "refused", "left"])
    def test_money_of_who_is_no_member_is_not_credited_by_anyone(self, market: Market, state: str) -> None:
        Organisation.objects.filter(pk=market.party("grid")).update(state=state)
        found = market.import_file(file(line("R1", memo=market.parties["grid"].credit_code)))
        assert (found.credited, found.unmatched) == (0, 1)
        row = Deposit.objects.get()
        with pytest.raises(Refused):
            perform(
                DEPOSIT, "assign", row.pk, by=market.finance(), at=market.now, party=market.party("grid"), reason="回单"
            )
        assert market.money("grid") == (0, 0)

    def test_only_finance_imports(self, market: Market) -> None:
        with pytest.raises(NotYours):
            market.import_file(file(line()), by=market.actor("buyer"))
        assert Deposit.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_who_import_the_same_file_at_once_credit_each_line_once(settings: Any, tmp_path: Path) -> None:
    settings.PAPERS_ROOT = tmp_path / "papers"
    keys.ensure("signatures")
    market = Market()
    code = market.parties["buyer"].credit_code
    content = file(*[line(f"R{number}", memo=code) for number in range(30)], "R99,2026-09-07,示例,6222,一元,")
    found: list[deposits.Imported] = []
    start = threading.Barrier(4)

    def one(person: str) -> None:
        try:
            start.wait()
            found.append(deposits.import_bank_file(content, name="a.csv", by=market.finance(person), at=market.now))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(person,)) for person in ("cashier", "checker", "cashier", "checker")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert sum(f.credited for f in found) == 30
    assert sum(f.repeated for f in found) == 90
    assert market.money("buyer") == (300_000, 0)
    assert BankFault.objects.count() == 1
    assert ledger.audit() == []


@pytest.mark.django_db
def test_a_bank_statement_is_for_the_offices_and_a_member_reads_its_own_line_alone(market: Market) -> None:
    """The file tells who else paid in, and how much."""
    market.pay_in("buyer", 100)
    deposit = Deposit.objects.latest("pk")
    for name in ("regulator", "exchange"):
        assert [named.words.en for named, _ in papers_of(DEPOSIT, deposit, market.actor(name))] == ["Bank statement"]
    assert papers_of(DEPOSIT, deposit, market.actor("buyer")) == []
    with pytest.raises(Unknown):
        paper_of(DEPOSIT, deposit, deposit.paper, market.actor("buyer"))

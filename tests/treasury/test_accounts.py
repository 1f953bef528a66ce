"""A party's statement: what it had, got and paid in a period, to the fen, on the page and as files."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from tests.trading.dealing import NOW, Market
from tongqu.exchange.bedrock import evidence, ledger
from tongqu.exchange.bedrock.ledger import Hold, Move, Void
from tongqu.exchange.bedrock.procedures import Unknown, begin
from tongqu.exchange.treasury import accounts
from tongqu.exchange.treasury.accounts import queries
from tongqu.exchange.treasury.accounts.wording import worded
from tongqu.exchange.treasury.payout import PAYOUT
from tongqu.exchange.treasury.sharing import SHARE_PLAN

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("memo", "fen", "zh"),
    [
        ("deposit 2026-1", 100, "入金 · 2026-1"),
        ("proceeds 示例核验", -100, "支付数据价款 · 示例核验"),
        ("proceeds 示例核验", 100, "数据价款收入 · 示例核验"),
        ("share of proceeds 示例核验", 100, "收益分配收入 · 示例核验"),
        ("exchange fee", -1, "交易服务费"),
        ("payout B1", -1, "提现 · B1"),
        ("something else", 1, "转入 · something else"),
        ("", -1, "转出"),
    ],
)
def test_memos_in_words(memo: str, fen: int, zh: str) -> None:
    assert worded(memo, fen).zh == zh
    assert worded(memo, fen, reversal=True).zh == f"冲正：{zh}"


@pytest.mark.django_db
class TestStatement:
    @pytest.fixture
    def traded(self, market: Market) -> Market:
        """Money in, one deal paid and shared, money out, one deal held."""
        market.pay_in("buyer", 100, "R1")
        product = market.listed(standing=True)
        plan = begin(
            SHARE_PLAN, by=market.supplier, at=market.now, listing=product,
            shares=[{"party": market.party("supplier"), "basis_points": 7_000, "ground": "加工"},
                    {"party": market.party("grid"), "basis_points": 3_000, "ground": "来源"}],
        ).subject  # fmt: skip
        market.do(SHARE_PLAN, "agree", plan, "grid")
        market.later(days=1)
        market.used_and_accepted(market.signed(product), 137)
        market.later(days=1)
        market.signed(product)
        return market

    def test_opening_lines_and_closing_agree(self, traded: Market) -> None:
        whole = accounts.statement(traded.party("buyer"), since=NOW, until=traded.now + DAY).available
        assert (whole.opening_fen, whole.closing_fen, whole.held_fen) == (0, 10_000 - 116, 850)
        assert [(one.words.zh, one.fen, one.balance_fen) for one in whole.entries] == [
            ("入金 · R1", 10_000, 10_000),
            ("支付数据价款 · 示例用电核验", -116, 10_000 - 116),
        ]
        assert (whole.in_fen, whole.out_fen) == (10_000, 116)

    def test_periods_meet_without_a_gap(self, traded: Market) -> None:
        middle, last = NOW + DAY, traded.now + DAY
        first = accounts.statement(traded.party("buyer"), since=NOW, until=middle).available
        second = accounts.statement(traded.party("buyer"), since=middle, until=last).available
        assert first.closing_fen == second.opening_fen == 10_000
        assert (first.held_fen, second.held_fen) == (0, 850)
        assert [one.fen for one in second.entries] == [-116]
        assert (
            accounts.statement(traded.party("buyer"), since=last, until=last + DAY).available.opening_fen
            == 10_000 - 116
        )

    def test_a_line_leads_to_its_fact(self, traded: Market) -> None:
        (line,) = accounts.statement(traded.party("grid"), since=NOW, until=traded.now + DAY).available.entries
        assert (line.fen, line.words.zh) == (34, "收益分配收入 · 示例用电核验")
        found = evidence.fact(line.fact or 0)
        assert found is not None
        assert (found.procedure, found.act) == ("distribution", "begin")

    def test_proceeds_pass_through_the_providers_second_account(self, traded: Market) -> None:
        found = accounts.statement(traded.party("supplier"), since=NOW, until=traded.now + DAY)
        assert [one.fen for one in found.proceeds.entries] == [116, -82, -34]
        assert found.proceeds.closing_fen == 0
        assert found.available.closing_fen == 82

    def test_one_partys_statement_shows_nothing_of_anothers(self, traded: Market) -> None:
        found = accounts.statement(traded.party("rival"), since=NOW, until=traded.now + DAY)
        assert all((a.opening_fen, a.entries, a.closing_fen) == (0, (), 0) for a in found.accounts)

    def test_a_payout_is_shown_as_held_then_as_gone(self, traded: Market) -> None:
        begin(PAYOUT, by=traded.actor("grid"), at=traded.now, fen=34, bank="示例银行", account="62220000")
        found = accounts.statement(traded.party("grid"), since=NOW, until=traded.now + DAY).available
        assert (found.closing_fen, found.held_fen) == (34, 34)

    def test_csv_opens_in_a_spreadsheet(self, traded: Market) -> None:
        made = accounts.as_csv(accounts.statement(traded.party("buyer"), since=NOW, until=traded.now + DAY))
        assert made.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(made.decode("utf-8-sig"))))
        assert rows[0][2:7] == ["事项", "Item", "收入（元）In", "支出（元）Out", "余额（元）Balance"]
        assert [row[2] for row in rows[1:5]] == ["期初余额", "入金 · R1", "支付数据价款 · 示例用电核验", "期末余额"]
        assert rows[3][4:7] == ["", "1.16", "98.84"]
        assert rows[4][4:7] == ["100.00", "1.16", "98.84"]
        assert all(len(row) == len(rows[0]) for row in rows)

    def test_no_cell_is_a_formula(self, market: Market) -> None:
        ledger.post(
            [Move("bank/clearing", f"party/{market.party('buyer')}/available", 1, "=HYPERLINK(1)")],
            at=NOW,
            fact_id=None,
        )
        made = accounts.as_csv(accounts.statement(market.party("buyer"), since=NOW, until=NOW + DAY)).decode(
            "utf-8-sig"
        )
        for row in csv.reader(io.StringIO(made)):
            assert not any(cell.startswith(("=", "+", "@")) for cell in row)

    def test_pdf_says_the_same(self, traded: Market, tmp_path: Path) -> None:
        found = accounts.statement(traded.party("buyer"), since=NOW, until=traded.now + DAY)
        made = accounts.as_pdf(found)
        assert made == accounts.as_pdf(found)
        assert made.startswith(b"%PDF-")
        if shutil.which("pdftotext") is None:
            pytest.skip("pdftotext is not here")
        (tmp_path / "a.pdf").write_bytes(made)
        done = subprocess.run(
            [str(shutil.which("pdftotext")), str(tmp_path / "a.pdf"), "-"], check=True, capture_output=True
        )
        text = "".join(done.stdout.decode().split())
        for said in (
            "资金对账单",
            "示例buyer有限公司",
            "期初",
            "支付数据价款·示例用电核验",
            "¥1.16",
            "¥98.84",
            "其中已冻结",
            "¥8.50",
        ):
            assert said in text, said

    def test_what_cannot_be_answered_says_so(self, market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(Unknown):
            accounts.statement(10**9, since=NOW, until=NOW + DAY)
        with pytest.raises(ValueError, match="period"):
            accounts.statement(market.party("buyer"), since=NOW, until=NOW)
        path = f"party/{market.party('buyer')}/available"
        ledger.post([Move("bank/clearing", path, 1) for _ in range(5)], at=NOW, fact_id=None)
        monkeypatch.setattr(queries, "LINES_MAX", 4)
        with pytest.raises(accounts.TooLong):
            accounts.statement(market.party("buyer"), since=NOW, until=NOW + DAY)

    def test_more_lines_than_a_page(self, market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(queries, "_PAGE", 3)
        path = f"party/{market.party('buyer')}/available"
        ledger.post([Move("bank/clearing", path, fen) for fen in range(1, 8)], at=NOW, fact_id=None)
        found = accounts.statement(market.party("buyer"), since=NOW, until=NOW + DAY).available
        assert [one.fen for one in found.entries] == list(range(1, 8))
        assert found.closing_fen == 28

    @with_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        moves=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 10**9), st.booleans()), max_size=20),
        cut=st.integers(0, 10),
        holds=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 50), st.integers(0, 9)), max_size=4),
    )
    def test_any_cut_of_time_adds_up(
        self, market: Market, moves: list[tuple[int, int, bool]], cut: int, holds: list[tuple[int, int, int]]
    ) -> None:
        """Moves posted out of the order of their moments, too, as simultaneous requests do."""
        name = f"p{len(market.parties)}"
        market.join(name, ("buyer",), f"91420100MC{len(market.parties):07d}")
        path = f"party/{market.party(name)}/available"
        ledger.post([Move("bank/clearing", path, 10**12)], at=NOW - DAY, fact_id=None)
        expected = held = 0
        for day, fen, comes in moves:
            source, target = ("bank/clearing", path) if comes else (path, "bank/clearing")
            ledger.post([Move(source, target, fen)], at=NOW + day * DAY, fact_id=None)
            expected += (fen if comes else -fen) if day < cut else 0
        for number, (day, fen, days) in enumerate(holds):
            ledger.post([Hold(f"{path}/{number}", path, "bank/clearing", fen)], at=NOW + day * DAY, fact_id=None)
            ledger.post([Void(f"{path}/{number}")], at=NOW + (day + days) * DAY, fact_id=None)
            held += fen if day < cut <= day + days else 0
        at = NOW + cut * DAY
        before = accounts.statement(market.party(name), since=NOW - 2 * DAY, until=at if cut else NOW).available
        after = accounts.statement(market.party(name), since=at, until=NOW + 20 * DAY).available
        assert before.closing_fen == after.opening_fen == 10**12 + expected
        assert before.held_fen == held
        assert after.closing_fen == ledger.balance(path).posted

"""The trial balance: what the accounts of each kind come to, in words, and whether the books fit; for finance and the supervision."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock import ledger
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.web import components as c
from tongqu.exchange.web.desks.acting import for_roles
from tongqu.exchange.web.desks.wording import plain

OFFICES = ("finance", "regulator", "exchange_administrator")
KINDS: Mapping[str, tuple[Words, Words]] = {
    "bank/clearing": (Words("银行往来", "Bank"), Words("银行里的钱，记作负数", "what lies at the bank, written as less than nothing")),
    "exchange/fees": (Words("交易服务费", "Exchange fees"), Words("本所的收入", "the exchange's income")),
    "party/*/available": (Words("各单位可用账户", "Members, available"), Words("可支配，含冻结", "to dispose of, holds included")),
    "party/*/proceeds": (Words("各单位待分配收益", "Members, proceeds"), Words("还没有分配", "earned and not yet shared out")),
    "trust/*/held": (Words("数据信托保管", "Data trusts, held"), Words("等受托者分配", "for the trustee to divide")),
    "trust/*/owed": (Words("数据信托待领取", "Data trusts, owed"), Words("已分给委托人、还没有付出", "divided among persons and not yet paid")),
}  # fmt: skip


@for_roles(*OFFICES)
@require_GET
def balances(request: HttpRequest) -> HttpResponse:
    found = ledger.TrialBalance.now()
    rows: list[list[c.Cell | c.Label]] = [
        [_name(one), plain(f"{one.accounts:,}"), plain(yuan(one.posted)), plain(yuan(one.held))] for one in found.kinds
    ]
    columns = [
        c.Column(Words("账户种类", "Kind of account")),
        c.Column(Words("账户数", "Accounts"), num=True, phone=False),
        c.Column(Words("余额", "Balance"), num=True),
        c.Column(Words("其中冻结", "Of it held"), num=True, phone=False),
    ]
    totals: list[c.Cell | c.Label] = [Words("合计", "Total"), "", plain(yuan(found.total)), ""]
    empty = c.Empty(
        Words("还没有任何账户", "No accounts yet"), Words("入金后开始记账。", "The books begin with a deposit.")
    )
    table = c.Table(columns, rows, totals=totals if rows else (), empty=empty)
    return render(request, "web/desks/balances.html", {"table": table, "fits": found.total == 0})


def _name(one: ledger.KindOfAccount) -> c.Cell:
    """A kind that has no words yet is shown by its path."""
    words = KINDS.get(one.pattern)
    return c.Cell(words[0], words[1]) if words is not None else c.Cell(one.pattern)

"""What data trusts owe a person, and the person's claims on it. Whoever is here acts for itself; nobody else sees these pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from tongqu.exchange.bedrock.procedures import Actor, clocks_of, local_day, possible, see
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.treasury import trusts
from tongqu.exchange.treasury.trusts import TRUST_CLAIM, TrustMoney
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.desks import clockfaces, doing, forms
from tongqu.exchange.web.desks.acting import has_second_factor, hides_unknown, signed_in
from tongqu.exchange.web.desks.parts import money
from tongqu.exchange.web.desks.subject import Trial, card
from tongqu.exchange.web.desks.wording import citation, plain

MY_DATA = Words("我的数据", "My data")
HERE = Words("我的信托收益", "My shares in trusts")


def _myself(request: HttpRequest) -> Actor:
    name = request.user.get_full_name() if request.user.is_authenticated else ""
    return Actor(person=int(request.user.pk or 0), names={"person": name})


def summary(person: int, at: datetime) -> Sequence[TrustMoney]:
    """For the page of one's data: what each trust owes."""
    return trusts.money_of(person, on=local_day(at))


@signed_in
@require_http_methods(["GET", "POST"])
@hides_unknown
def mine(request: HttpRequest) -> HttpResponse:
    """Trust by trust: what was divided, what can be claimed, what is under way; and the claim itself."""
    by, at, trial = _myself(request), timezone.now(), Trial()
    if request.method == "POST":
        if request.POST.get("_act") != "begin":
            raise Http404
        sent = forms.receive(request, by, at)
        tried = doing.send(request, TRUST_CLAIM, TRUST_CLAIM.begins, None, by, at, sent)
        if tried.outcome is not None:
            done = Words("已申请领取，结算员复核后付款。", "Claimed; it is paid once finance has approved it.")
            messages.success(request, done.of(get_language()))
            return redirect("my-claim", tried.outcome.subject)
        trial = Trial("begin", sent, tried)
    found = summary(int(by.person or 0), at)
    ready = [(str(one.trust.id), _choice(one)) for one in found if one.claimable]
    context = {
        "found": [(one, _facts(one), _shares(one), _claims(one)) for one in found],
        "card": card(
            TRUST_CLAIM, TRUST_CLAIM.begins, by, trial, words=TRUST_CLAIM.label("begin"), leads_to=None, first=True,
            has_code=has_second_factor(request), values={"trust": ready[0][0]} if ready else {}, known={"trust": ready},
        ) if ready else None,
        "obstacles": trial.tried.obstacles if trial.tried else [], "cite": citation(TRUST_CLAIM.cite),
        "crumbs": [(MY_DATA, reverse("my-data")), (HERE, "")], "title": HERE,
    }  # fmt: skip
    return render(request, "web/portal/my_trust_money.html", context, status=409 if trial.tried else 200)


def _choice(one: TrustMoney) -> Words:
    return Words(f"{one.trust.name} · {yuan(one.open_fen)}", f"{one.trust.name} · {yuan(one.open_fen)}")


def _facts(one: TrustMoney) -> list[c.Pair]:
    pairs = [
        money(Words("可领取", "To be claimed"), one.open_fen),
        money(Words("办理中", "Under way"), one.under_way_fen),
        money(Words("已领取", "Paid to you"), one.paid_fen),
    ]
    if one.open_fen and not one.claimable:
        least = Words(f"满 {yuan(one.least_fen)} 可以领取", f"from {yuan(one.least_fen)} on it can be claimed")
        pairs.append(c.Pair(Words("起付", "The least"), least))
    return pairs


def _shares(one: TrustMoney) -> c.Table:
    rows: list[list[c.Cell | c.Label]] = [
        [plain(f"{share.divided_date:%Y-%m-%d}"), plain(yuan(share.fen))] for share in one.shares
    ]
    columns = [c.Column(Words("分配日期", "Divided on")), c.Column(Words("分得", "Your share"), num=True)]
    empty = c.Empty(
        Words("还没有分配过", "Nothing divided yet"),
        Words("受托者分配后，您的份额列在这里。", "Your shares are listed here once the trustee has divided."),
    )
    return c.Table(columns, rows, empty=empty)


def _claims(one: TrustMoney) -> c.Table | None:
    rows: list[list[c.Cell | c.Label]] = [
        [
            c.Cell(plain(said.moment(timezone.localtime(claim.begun_at))), "", reverse("my-claim", args=[claim.id])),
            plain(yuan(claim.fen)),
            plain(f"···{claim.account_end}"),
            c.Cell(TRUST_CLAIM.label(claim.state), tag="due" if claim.state in {"requested", "approved"} else ""),
        ]
        for claim in one.claims
    ]
    columns = [
        c.Column(Words("申请时间", "Claimed at")), c.Column(Words("金额", "Amount"), num=True),
        c.Column(Words("账号", "Account"), phone=False), c.Column(Words("状态", "State")),
    ]  # fmt: skip
    return c.Table(columns, rows) if rows else None


@signed_in
@require_http_methods(["GET", "POST"])
@hides_unknown
def claim_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One claim of one's own: where it stands, and taking it back while nobody has approved it."""
    by, at, trial = _myself(request), timezone.now(), Trial()
    row = see(TRUST_CLAIM, pk, by)
    if request.method == "POST":
        if request.POST.get("_act") != "cancel":
            raise Http404
        sent = forms.receive(request, by, at)
        tried = doing.send(request, TRUST_CLAIM, TRUST_CLAIM.act("cancel"), pk, by, at, sent)
        if tried.outcome is not None:
            messages.success(
                request, Words("已撤回，可以再次领取。", "Taken back; it can be claimed again.").of(get_language())
            )
            return redirect("my-claim", pk)
        trial = Trial("cancel", sent, tried)
        row = see(TRUST_CLAIM, pk, by)
    pairs: list[Any] = [
        c.Pair(Words("数据信托", "Data trust"), row.name),
        money(Words("金额", "Amount"), row.fen),
        c.Pair(Words("户名", "Account name"), row.account_name),
        c.Pair(Words("开户行", "Bank"), row.bank),
        c.Pair(Words("账号", "Account number"), row.account, mono=True),
    ]
    if row.bank_reference:
        pairs.append(c.Pair(Words("银行流水号", "Bank's reference"), row.bank_reference, mono=True))
        pairs.append(c.Pair(Words("付款日期", "Paid on"), row.paid_date))
    if row.reason:
        pairs.append(c.Pair(Words("理由", "Reason"), row.reason))
    context = {
        "pairs": pairs, "state": TRUST_CLAIM.label(row.state), "title": TRUST_CLAIM.words,
        "cards": [
            card(
                TRUST_CLAIM, one.act, by, trial, words=one.words, leads_to=one.leads_to, first=False, has_code=True,
                values={}, known={},
            )
            for one in possible(TRUST_CLAIM, row, by) if one.mine
        ],
        "faces": clockfaces.faces(TRUST_CLAIM, clocks_of(TRUST_CLAIM, pk), row.state, at),
        "obstacles": trial.tried.obstacles if trial.tried else [], "opened": trial.act,
        "crumbs": [(MY_DATA, reverse("my-data")), (HERE, reverse("my-trust-money")), (TRUST_CLAIM.words, "")],
    }  # fmt: skip
    return render(request, "web/portal/my_claim.html", context, status=409 if trial.tried else 200)

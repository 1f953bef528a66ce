"""Registrars elsewhere that are recognised here, and rights that stand here by their certificates, for anyone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.registry import catalogue, ownership, recognition
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.registry.recognition import RECOGNISED_REGISTRAR
from tongqu.exchange.web import components as c
from tongqu.exchange.web.desks.acting import hides_unknown
from tongqu.exchange.web.desks.of_recognition import KEYS, TONES, key_rows
from tongqu.exchange.web.desks.of_registrars import leaving_table
from tongqu.exchange.web.desks.wording import citation, joined, plain

SIZE = 20


def right_href(right: ownership.RightView) -> str:
    """Where anyone reads of a right: its certificate here, or where it comes from."""
    if right.elsewhere is not None:
        return reverse("recognised", args=[right.registration_id])
    return reverse("certificate", args=[right.code]) if right.code else ""


@require_GET
def registrars(request: HttpRequest) -> HttpResponse:
    """The register that the supervisor keeps: whom it recognises, on what basis, and by which keys."""
    _, total = recognition.registrars(size=0)
    where = c.page(request.GET.get("page"), size=SIZE, total=total)
    found, _ = recognition.registrars(first=where.span.start, size=SIZE)
    rows: list[list[c.Cell | c.Label]] = [
        [
            c.Cell(one.name, one.did, reverse("recognised-registrar", args=[one.id])),
            c.Cell(plain(one.basis)),
            c.Cell(plain(f"{one.recognised:,}")),
            c.Cell(RECOGNISED_REGISTRAR.label(one.state), tag=TONES.get(one.state, "")),
        ]
        for one in found
    ]
    columns = [
        c.Column(Words("登记机构", "Registrar")),
        c.Column(Words("认可依据", "Basis"), phone=False),
        c.Column(Words("在此认可的权利", "Rights recognised here"), num=True),
        c.Column(Words("状态", "State")),
    ]
    empty = c.Empty(
        Words("名录还是空的", "The register is empty"),
        Words("监管部门认可的登记机构会出现在这里。", "Registrars that the supervisor recognises appear here."),
    )
    context = {
        "total": total,
        "table": c.Table(columns, rows, page=where, empty=empty),
        "cite": citation("PROP35:31"),
        "leaving": leaving_table(),
        "exit_cite": citation("PROP35:13"),
    }
    return render(request, "web/portal/registrars.html", context)


@require_GET
@hides_unknown
def registrar(request: HttpRequest, pk: int) -> HttpResponse:
    one = recognition.registrar(pk)
    pairs = [
        c.Pair(Words("统一社会信用代码", "Credit code"), one.credit_code, mono=True),
        c.Pair(Words("DID", "DID"), one.did, mono=True),
        c.Pair(Words("认可依据", "Basis"), one.basis),
        c.Pair(
            Words("全国登记机构名录", "National directory"),
            Words("已列入", "listed there") if one.national else Words("未列入", "not listed there"),
        ),
        c.Pair(Words("在此认可的权利", "Rights recognised here"), plain(f"{one.recognised:,}")),
    ]
    context = {
        "one": one, "pairs": pairs, "state": RECOGNISED_REGISTRAR.label(one.state), "tone": TONES.get(one.state, ""),
        "keys": c.Table(KEYS, key_rows(one.keys)),
        "crumbs": [(Words("认可的登记机构", "Recognised registrars"), reverse("recognised-registrars")), (plain(one.name), "")],
    }  # fmt: skip
    return render(request, "web/portal/registrar.html", context)


@require_GET
@hides_unknown
def recognised(request: HttpRequest, pk: int) -> HttpResponse:
    """A right that another registrar registered: whose word it is, whether that word still stands, since when it was asked."""
    right = ownership.right(pk)
    origin = right.elsewhere
    if origin is None:
        raise Unknown(f"recognised right {pk}")
    matter = recognition.matter(origin.recognition)
    entry = catalogue.resource(right.resource_id)
    pairs = [
        c.Pair(Words("权利人", "Holder"), parties.organisation(right.holder_id).name),
        c.Pair(Words("数据名称", "Data"), origin.name),
        c.Pair(Words("权利类型", "Rights"), joined(ownership.right_words(right.rights))),
        c.Pair(Words("有效期自", "Valid from"), right.evidenced_at),
        c.Pair(Words("有效期至", "Valid until"), right.valid_to_at),
        c.Pair(Words("数据资源", "Catalogue entry"), entry.name, reverse("resource", args=[entry.id])),
    ]
    source = [
        c.Pair(
            Words("登记机构", "Registrar"), origin.registrar, reverse("recognised-registrar", args=[matter.issuer_id])
        ),
        c.Pair(Words("原凭证编号", "Its certificate"), origin.code, mono=True),
        c.Pair(Words("原凭证地址", "Where it is shown"), origin.address, mono=True),
        c.Pair(Words("签名密钥", "Signed with"), matter.method, mono=True),
        c.Pair(Words("最近确认有效", "Last confirmed"), matter.checked_at),
    ]
    context = {
        "right": right, "pairs": pairs, "source": source, "good": right.valid_at(timezone.now()),
        "state": OWNERSHIP.label(right.state), "reasons": origin.reasons, "trouble": matter.trouble,
        "cite": citation("PROP35:31"), "title": plain(origin.name),
        "crumbs": [(Words("认可的登记机构", "Recognised registrars"), reverse("recognised-registrars")), (origin.code, "")],
    }  # fmt: skip
    return render(request, "web/portal/recognised.html", context)

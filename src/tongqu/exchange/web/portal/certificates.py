"""Is this certificate real? Answered from the evidence, for anyone; a file can be compared with the one that was issued."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import handover, ownership, pledges
from tongqu.exchange.web import components as c
from tongqu.exchange.web.desks.acting import hides_unknown
from tongqu.exchange.web.desks.story import served
from tongqu.exchange.web.desks.wording import citation, joined


@require_GET
def ask(request: HttpRequest) -> HttpResponse:
    """A code to look up."""
    code = request.GET.get("code", "").strip()[:40]
    if code:
        try:
            return redirect("certificate", ownership.certificate(code).code)
        except Unknown:
            if handover.standing(code.upper()[:15]) is not None:
                return redirect("certificate", code.upper()[:15])
            return render(request, "web/portal/certificate_ask.html", {"code": code, "unknown": True}, status=404)
    return render(request, "web/portal/certificate_ask.html", {})


@require_http_methods(["GET", "POST"])
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    at = timezone.now()
    file, too_large = None, False
    if request.method == "POST" and (sent := request.FILES.get("file")) is not None:
        too_large = (sent.size or 0) > settings.PAPER_BYTES_MAX
        file = None if too_large else b"".join(sent.chunks())
    try:
        found = ownership.verify_certificate(code, at=at, file=file)
    except Unknown:
        handed = handover.standing(code.strip().upper()[:15])
        if handed is not None:
            return _handed(request, handed, at)
        return render(request, "web/portal/certificate_ask.html", {"code": code[:40], "unknown": True}, status=404)
    shown = found.certificate
    pairs = [
        c.Pair(Words("凭证编号", "Code"), shown.code, mono=True),
        c.Pair(Words("权利人", "Holder"), f"{shown.holder}（{shown.holder_code}）"),
        c.Pair(Words("数据名称", "Data"), shown.data_name),
        c.Pair(Words("数据概述", "Overview"), shown.overview),
        c.Pair(Words("权利类型", "Rights"), joined(ownership.right_words(shown.rights))),
        c.Pair(Words("质押与托管", "Pledge and custody"), _burdens(shown.registration_id)),
        c.Pair(Words("登记机构", "Registrar"), shown.registrar),
        c.Pair(Words("存证时间", "Kept as evidence"), shown.evidenced_at),
        c.Pair(Words("有效期至", "Valid until"), shown.valid_to_at),
        c.Pair(Words("存证位置", "Place in the log"), shown.log_position),
        c.Pair(Words("内容摘要", "Digest of the content"), shown.content_digest, mono=True),
    ]
    context = {
        "found": found,
        "one": shown,
        "pairs": pairs,
        "checked_at": at,
        "too_large": too_large,
        "late_cite": citation("PROP35:29"),
        "file": reverse("certificate-file", args=[shown.code]) if shown.paper else "",
        "crumbs": [(Words("凭证核验", "Verify a certificate"), reverse("certificate-ask")), (shown.code, "")],
    }
    return render(request, "web/portal/certificate.html", context)


def _burdens(registration: int) -> Words:
    """Whether something stands on the right: whoever takes it should know. For whom and how much is for its parties."""
    kinds = pledges.burdened(registration)
    if not kinds:
        return Words("无", "none")
    zh = "、".join({"pledge": "已设立质押", "custody": "已设立托管"}[one] for one in kinds)
    return Words(zh, ", ".join({"pledge": "a pledge stands", "custody": "in custody"}[one] for one in kinds))


FROZEN = Words("权利被查封或临时管制", "The right is seized or under an authority's control")


def _handed(request: HttpRequest, handed: handover.Standing, at: datetime) -> HttpResponse:
    """Another registrar handed it over; its holder has not bound it to data here yet."""
    good = handed.state in ("waiting", "binding") and at < handed.valid_to_at
    pairs = [
        c.Pair(Words("凭证编号", "Code"), handed.code, mono=True),
        c.Pair(Words("权利人", "Holder"), f"{handed.holder}（{handed.holder_code}）"),
        c.Pair(Words("数据名称", "Data"), handed.name),
        c.Pair(Words("原登记机构", "Registered by"), handed.handed_by),
        c.Pair(Words("有效期至", "Valid until"), handed.valid_to_at),
    ]
    context = {
        "pairs": pairs, "good": good and not handed.frozen, "code": handed.code, "frozen": FROZEN if good and handed.frozen else None,
        "cite": citation("PROP35:13"),
        "crumbs": [(Words("凭证核验", "Verify a certificate"), reverse("certificate-ask")), (handed.code, "")],
    }  # fmt: skip
    return render(request, "web/portal/certificate_handed.html", context)


@require_GET
@hides_unknown
def file(request: HttpRequest, code: str) -> HttpResponse:
    """The certificate's own file, as it was issued; what stands on it is public by its code."""
    found = ownership.certificate(code)
    if not found.paper:
        raise Unknown(f"certificate {code[:40]}")
    return served(papers.content(found.paper), "application/pdf", f"{found.code}.pdf")

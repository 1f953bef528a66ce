"""Certificates for machines: the credential, its status lists, whose key signs them; and a credential checked for anyone."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import attestation
from tongqu.exchange.web import components as c
from tongqu.exchange.web.desks.acting import hides_unknown

FRESH_SECONDS = 60
BYTES_MAX = 200_000


def _json(document: dict[str, Any], media_type: str, seconds: int = 0) -> HttpResponse:
    response = HttpResponse(json.dumps(document, ensure_ascii=False, indent=1), content_type=media_type)
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = f"public, max-age={seconds}" if seconds else "no-cache"
    return response


@require_safe
def did(request: HttpRequest) -> HttpResponse:
    """The exchange's DID document, where did:web looks for it."""
    return _json(attestation.did_document(), "application/did+json", FRESH_SECONDS)


@require_safe
@hides_unknown
def credential(request: HttpRequest, code: str) -> HttpResponse:
    response = _json(attestation.credential(code), "application/vc")
    response["Content-Disposition"] = f'inline; filename="{code[:15]}.json"'
    return response


@require_safe
@hides_unknown
def status(request: HttpRequest, purpose: str, number: int) -> HttpResponse:
    return _json(attestation.status_list(purpose, number, timezone.now()), "application/vc", FRESH_SECONDS)


@require_POST
def checked(request: HttpRequest) -> HttpResponse:
    """A credential as a file, checked by its own signature and the lists of this moment. Nothing of it is kept."""
    at = timezone.now()
    context: dict[str, Any] = {
        "checked_at": at,
        "crumbs": [(Words("凭证核验", "Verify a certificate"), reverse("certificate-ask")), (_TITLE, "")],
    }
    try:
        found = attestation.check(
            _sent(request),
            attestation.did_document(),
            at,
            lists=[attestation.status_list(p, n, at) for p, n in _lists(request)],
        )
    except attestation.BadCredential as bad:
        return render(request, "web/portal/credential.html", context | {"bad": bad}, status=422)
    pairs = [
        c.Pair(Words("凭证编号", "Code"), found.code, reverse("certificate", args=[found.code]), mono=True),
        c.Pair(Words("权利人", "Holder"), f"{found.holder}（{found.holder_code}）"),
        c.Pair(Words("数据名称", "Data"), found.data_name),
        c.Pair(Words("权利类型", "Rights"), "、".join(found.rights)),
        c.Pair(Words("有效期至", "Valid until"), found.valid_to_at),
        c.Pair(Words("签发人", "Issuer"), found.issuer, mono=True),
    ]
    return render(request, "web/portal/credential.html", context | {"found": found, "pairs": pairs})


_TITLE = Words("可验证凭证", "Verifiable credential")
_NOT_JSON = attestation.BadCredential("文件不是可验证凭证", "The file is no verifiable credential")


def _sent(request: HttpRequest) -> dict[str, Any]:
    """Raises BadCredential for what is missing, too large or no JSON object."""
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > min(BYTES_MAX, settings.PAPER_BYTES_MAX):
        raise _NOT_JSON
    file.seek(0)
    try:
        found = json.loads(file.read().decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _NOT_JSON from error
    if not isinstance(found, dict):
        raise _NOT_JSON
    return found


def _lists(request: HttpRequest) -> list[tuple[str, int]]:
    """Which of our lists the credential names; others are not ours to answer for, and are missed in the check."""
    named = _sent(request).get("credentialStatus")
    base, found = f"{settings.PUBLIC_URL}/credentials/status/", []
    for entry in named if isinstance(named, list) else []:
        address = str(entry.get("statusListCredential", "")) if isinstance(entry, dict) else ""
        purpose, _, number = address.removeprefix(base).partition("/")
        if (
            address.startswith(base)
            and purpose in ("revocation", "suspension")
            and number.isdecimal()
            and len(number) < 7
        ):
            found.append((purpose, int(number)))
    return found[:4]

"""The steps of a recognised registrar's entry, and of a certificate that was brought."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from procrastinate.contrib.django import app

from tongqu.exchange.bedrock import law, papers
from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown, local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.registry import attestation, catalogue
from tongqu.exchange.registry.recognition.models import OPEN, RecognisedRegistrar, Recognition
from tongqu.exchange.registry.recognition.rules import Judged, KeySeen, Seen, Standing

QUEUE, JOB = "harvest", "tongqu.recognition"


def list_registrar(matter: Matter) -> Done:
    row, asked = matter.subject, matter.inputs
    row.name, row.credit_code, row.did = asked.name, asked.credit_code, asked.did
    row.national, row.basis = asked.national, asked.basis
    row.fields = dict(one.split("=", 1) for one in asked.fields)
    row.keys = [_key(row.did, asked)]
    return Done({"did": row.did, "key": asked.public})


def _key(did: str, asked: Any) -> dict[str, Any]:
    return {
        "method": f"{did}#{asked.method}", "public": asked.public, "since": asked.since_date.isoformat(), "until": None,
        "lost": False,
    }  # fmt: skip


def seen_new_key(matter: Matter) -> KeySeen:
    known = seen_key(matter).known
    public = {one["public"] for one in matter.subject.keys}
    return KeySeen(local_day(matter.at), known, matter.inputs.method, matter.inputs.public in public)


def seen_key(matter: Matter) -> KeySeen:
    known = frozenset(one["method"].rpartition("#")[2] for one in matter.subject.keys)
    return KeySeen(local_day(matter.at), known, matter.inputs.method)


def add_key(matter: Matter) -> Done:
    """The keys before it stay, each with its days: what they signed then is still genuine."""
    row = matter.subject
    row.keys = [*row.keys, _key(row.did, matter.inputs)]
    return Done({"key": matter.inputs.public})


def end_key(matter: Matter) -> Done:
    """What has ended does not go on: a key that was lost stays lost, and a last day is not put off."""
    row, asked = matter.subject, matter.inputs
    row.keys = [_ended(one, asked) if one["method"].endswith(f"#{asked.method}") else one for one in row.keys]
    return Done({"lost": asked.lost})


def _ended(key: dict[str, Any], asked: Any) -> dict[str, Any]:
    until = asked.until_date.isoformat()
    return key | {"until": min(until, key["until"] or until), "lost": key["lost"] or asked.lost}


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()


def seen(matter: Matter) -> Seen:
    asked, party, day = matter.inputs, int(matter.by.party or 0), local_day(matter.at)
    issuer = RecognisedRegistrar.objects.filter(pk=asked.issuer).first()
    registrar = parties.organisations([asked.registrar]).get(asked.registrar)
    try:
        entry = catalogue.resource(asked.resource)
    except Unknown:
        entry = None
    return Seen(
        on=day,
        issuer_state=issuer.state if issuer else "unknown",
        address_is_issuers=not asked.address
        or (issuer is not None and asked.address.startswith(f"{attestation.foreign.home(issuer.did)}/")),
        paper_is_ones_own=asked.paper is None or papers.paper_of(asked.paper, party) is not None,
        resource_is_own=entry is not None and entry.holder_id == party,
        resource_ready=entry is not None and entry.state == "catalogued",
        registrar_is_one=registrar is not None and registrar.has("registrar"),
        registrar_is_applicant=asked.registrar == party,
    )


def bring(matter: Matter) -> Done:
    """What is said in it is found out by the worker, for its issuer must be asked; the job is committed with the act."""
    row, asked = matter.subject, matter.inputs
    row.applicant_id, row.registrar_id = int(matter.by.party or 0), asked.registrar
    row.issuer_id, row.resource_id = asked.issuer, asked.resource
    row.paper, row.address, row.next_check_at = asked.paper or "", asked.address, matter.at
    app.configure_task(JOB, queue=QUEUE).defer()
    return Done({"issuer": row.issuer_id})


def judged(row: Recognition, said: dict[str, Any], ended: tuple[Words, ...], at: datetime) -> Judged:
    """What a certificate says, beside who brought it, as the rules judge it."""
    already = Recognition.objects.filter(issuer=row.issuer_id, code=said["code"], state__in=OPEN).exclude(pk=row.pk)
    return Judged(
        on=local_day(at), holder_code=said["holder_code"], right=tuple(said["right"]), ended=ended, at=at,
        applicant_code=parties.organisation(row.applicant_id).credit_code, already=already.exists(),
        valid_from=datetime.fromisoformat(said["valid_from_at"]), valid_to=datetime.fromisoformat(said["valid_to_at"]),
    )  # fmt: skip


def seen_certificate(matter: Matter) -> Judged:
    return judged(matter.subject, matter.inputs.said, (), matter.at)


def look_again(matter: Matter) -> Done:
    matter.subject.next_check_at = matter.at
    return Done()


def _take(matter: Matter) -> Recognition:
    row: Recognition = matter.subject
    asked = matter.inputs
    row.paper, row.code, row.said, row.trouble = asked.paper, asked.code, asked.said, None
    row.said = asked.said | {"rights": [right.value for right in asked.rights]}
    row.conflicts, row.checked_at, row.reasons = asked.conflicts, matter.at, []
    return row


def recognise(matter: Matter) -> Done:
    """Its signature held, its issuer says that it stands, and nothing here stands against it: no review, no fee."""
    row = _take(matter)
    return Done({"code": row.code, "review_fee_fen": 0})


def refer(matter: Matter) -> Done:
    return Done({"code": _take(matter).code, "conflicts": len(matter.subject.conflicts)})


def refuse(matter: Matter) -> Done:
    row = matter.subject
    row.reasons, row.next_check_at, row.trouble = matter.inputs.reasons, None, None
    return Done({"reasons": row.reasons})


_SILENT = Words("签发机构逾期未能提供凭证或状态列表", "Its issuer gave neither certificate nor status in time")


def give_up(matter: Matter) -> Done:
    row = matter.subject
    row.reasons, row.next_check_at = [{"code": "no-answer", "zh": _SILENT.zh, "en": _SILENT.en}], None
    return Done({"reasons": row.reasons})


def seen_standing(matter: Matter) -> Standing:
    row = matter.subject
    hours = int((matter.at - row.checked_at).total_seconds() // 3600)
    most = int(law.figure("house.recognition_unconfirmed_hours", on=local_day(matter.at)).value)
    return Standing(hours, most, tuple(Words(one["zh"], one["en"]) for one in row.reasons))


def decide(matter: Matter) -> Done:
    row = matter.subject
    row.finding = matter.inputs.finding
    if matter.act == "reject":
        row.next_check_at = None
    return Done({"code": row.code, "review_fee_fen": 0})


def enter(matter: Matter) -> Done:
    matter.subject.registration_id = matter.inputs.registration
    return Done()


def end(matter: Matter) -> Done:
    row = matter.subject
    row.next_check_at = None
    row.reasons = [{"code": "ended", "zh": matter.inputs.reason, "en": matter.inputs.reason}]
    return Done()


def withdraw(matter: Matter) -> Done:
    matter.subject.finding, matter.subject.next_check_at = matter.inputs.reason, None
    return Done()

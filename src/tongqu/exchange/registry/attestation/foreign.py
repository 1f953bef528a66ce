"""A certificate that another registrar issued, judged by the keys under which the supervisor knows it. Pure; nothing is fetched.

What it says is found by the addresses its words stand for, never by the words themselves; `fields` says which address is
which of ours. Every node of the document must have a name, as in our own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeGuard

from tongqu.exchange.bedrock.calendar import local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.attestation import base58, bits
from tongqu.exchange.registry.attestation.checking import BadCredential, moment, verify
from tongqu.exchange.registry.attestation.statements import TERMS, NotOurs, inline_terms

BYTES_MAX, DEPTH_MAX = 200_000, 12
_TEXT_MAX, _CODE_MAX = 2_000, 60
_CODES = frozenset({"certificateCode", "holderCode"})
CLOCKS_DIFFER = timedelta(minutes=5)
PURPOSES = ("revocation", "suspension")
NEEDED = ("certificateCode", "holderName", "holderCode", "dataName", "right")
FIELDS: Mapping[str, str] = {name: f"{TERMS}{name}" for name in (*NEEDED, "dataOverview", "certificateKind")}
"""Which address is which field, where the register of recognised registrars says nothing else."""


@dataclass(frozen=True)
class Key:
    """A key of an issuer: from that day on, until the day after which it signs no more. None is believed that was lost."""

    method: str
    public: str
    since: date
    until: date | None = None
    lost: bool = False

    def in_use(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on <= self.until) and not self.lost


@dataclass(frozen=True)
class Issuer:
    """A registrar as the supervisor's register has it."""

    did: str
    keys: tuple[Key, ...]
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Status:
    """Where it is said whether the certificate still stands: which list, which bit, for which purpose."""

    purpose: str
    address: str
    place: int


@dataclass(frozen=True)
class Foreign:
    """What a genuine certificate of another registrar says, in our fields. `right` are its own words for the rights."""

    id: str
    issuer: str
    method: str
    code: str
    kind: str
    holder: str
    holder_code: str
    data_name: str
    overview: str
    right: tuple[str, ...]
    valid_from_at: datetime
    valid_to_at: datetime
    statuses: tuple[Status, ...]


def parse(raw: bytes) -> dict[str, Any]:
    """The document, if it is one: small, not nested beyond reason, nothing said twice. Raises BadCredential."""
    if len(raw) > BYTES_MAX:
        raise BadCredential("凭证文件过大", "The document is too large", "too-large")
    if _depth(raw) > DEPTH_MAX:
        raise BadCredential("凭证文件嵌套过深", "The document is nested too deeply", "too-deep")
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise BadCredential("文件不是可验证凭证", "The file is no verifiable credential", "not-json") from error
    if not isinstance(found, dict):
        raise BadCredential("文件不是可验证凭证", "The file is no verifiable credential", "not-json")
    return found


def _depth(raw: bytes) -> int:
    """How deep brackets nest outside of texts, without building anything."""
    deepest = depth = 0
    quoted = escaped = False
    for byte in raw:
        if quoted:
            quoted, escaped = (byte != 0x22 or escaped), (byte == 0x5C and not escaped)
        elif byte == 0x22:
            quoted = True
        elif byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    return deepest


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name} is said twice")
        found[name] = value
    return found


def home(did: str) -> str:
    """The address under which a did:web lives, and all its documents must: https, a port as %3A, a path by colons.

    Raises BadCredential for another method.
    """
    parts = did.split(":")
    if parts[:2] != ["did", "web"] or len(parts) < 3 or not all(parts):
        raise BadCredential("签发人不是 did:web", "The issuer is no did:web", "wrong-issuer")
    host = parts[2].replace("%3A", ":").replace("%3a", ":")
    scheme = "http" if host.rpartition(":")[0] in ("127.0.0.1", "localhost") else "https"
    return f"{scheme}://" + "/".join([host, *parts[3:]])


def read(document: Mapping[str, Any], issuer: Issuer, at: datetime) -> Foreign:
    """What the certificate says, once its issuer's key of that time signed every word of it. Raises BadCredential."""
    try:
        terms = inline_terms(document)
    except NotOurs as error:
        raise BadCredential(
            "凭证使用了未知的上下文", "It uses a context that is not known here", "unknown-context"
        ) from error
    method = _signed(document, issuer, at, terms)
    try:
        return _said(document, issuer, terms, method)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, BadCredential):
            raise
        raise BadCredential("凭证缺少必要内容", "The certificate lacks what it must say", "incomplete") from error


def _signed(document: Mapping[str, Any], issuer: Issuer, at: datetime, terms: Mapping[str, str] | None = None) -> str:
    """The name of the key that signed it, which was in use then. Raises BadCredential."""
    if document.get("issuer") != issuer.did:
        raise BadCredential("签发人与登记名录不符", "It is issued by somebody else", "wrong-issuer")
    try:
        method, created = str(document["proof"]["verificationMethod"]), moment(document["proof"]["created"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadCredential("凭证没有可核验的签名", "It has no proof that can be checked", "bad-signature") from error
    named = [one for one in issuer.keys if one.method == method]
    if not named:
        raise BadCredential("签名密钥不在登记名录中", "Its key is not in the register", "unknown-key")
    usable = [one for one in named if one.in_use(local_day(created))]
    if not usable or created > at + CLOCKS_DIFFER:
        raise BadCredential("签名时密钥不在使用期内", "Its key was not in use at that moment", "key-not-in-use")
    verify(document, base58.public_of(usable[0].public), *([] if terms is None else [terms]))
    return method


def _said(document: Mapping[str, Any], issuer: Issuer, terms: Mapping[str, str], method: str) -> Foreign:
    subject, meaning = document["credentialSubject"], {**FIELDS, **issuer.fields}
    told = {terms[name]: value for name, value in subject.items() if name in terms}

    def one(name: str) -> str:
        value = told.get(meaning[name], "")
        if not _can_be_kept(value, _CODE_MAX if name in _CODES else _TEXT_MAX) or (
            name in NEEDED and not value.strip()
        ):
            raise ValueError(name)
        return value.strip()

    rights = told[meaning["right"]]
    rights = [rights] if isinstance(rights, str) else rights
    if not rights or len(rights) > 10 or not all(_can_be_kept(each, 200) for each in rights):
        raise ValueError("right")
    if not _can_be_kept(document["id"], _TEXT_MAX):
        raise ValueError("id")
    return Foreign(
        str(document["id"]), issuer.did, method, one("certificateCode"), one("certificateKind"), one("holderName"),
        one("holderCode"), one("dataName"), one("dataOverview"), tuple(rights), moment(document["validFrom"]),
        moment(document["validUntil"]), _statuses(document["credentialStatus"], home(issuer.did)),
    )  # fmt: skip


def _can_be_kept(value: Any, most: int) -> TypeGuard[str]:
    """A text of bounded length without the sign that no database keeps."""
    return isinstance(value, str) and len(value) <= most and "\0" not in value


def _statuses(entries: Any, base: str) -> tuple[Status, ...]:
    """One place at least, and every list under the issuer's own address: nobody else says whether it stands."""
    found = []
    for entry in entries if isinstance(entries, list) else [entries]:
        address = str(entry["statusListCredential"])
        if entry["type"] != "BitstringStatusListEntry" or entry["statusPurpose"] not in PURPOSES:
            raise ValueError("status")
        if not address.startswith(f"{base}/"):
            raise BadCredential(
                "状态列表不在签发人的地址下", "A status list lies elsewhere than its issuer", "wrong-issuer"
            )
        place = str(entry["statusListIndex"])
        if not place.isascii() or not place.isdecimal() or int(place) >= bits.SIZE:
            raise ValueError("statusListIndex")
        found.append(Status(entry["statusPurpose"], address, int(place)))
    if not any(one.purpose == "revocation" for one in found) or len(found) > 4:
        raise ValueError("credentialStatus")
    return tuple(found)


OUTSIDE = Words("不在有效期内", "It is outside its period of validity")
ENDED = {
    "revocation": Words("签发机构已将凭证注销或换发", "Its issuer has revoked or replaced it"),
    "suspension": Words("签发机构登记的权利被查封或临时管制", "At its issuer the right is seized or controlled"),
}


def ended(
    statuses: Sequence[Status], issuer: Issuer, lists: Mapping[str, Mapping[str, Any]], at: datetime
) -> tuple[Words, ...]:
    """Why nobody may rely on it at that moment, by its issuer's lists; none, when it stands.

    Raises BadCredential when a list is missing, is not its issuer's, or is not fresh: then nothing is known.
    """
    found = []
    for one in statuses:
        document = lists.get(one.address)
        if document is None or document.get("id") != one.address:
            raise BadCredential("状态列表缺失或不是所指的列表", "A status list is missing or another", "no-status")
        _signed(document, issuer, at)
        try:
            fresh = moment(document["validFrom"]) - CLOCKS_DIFFER <= at < moment(document["validUntil"])
            if not fresh or document["credentialSubject"]["statusPurpose"] != one.purpose:
                raise BadCredential("状态列表已过期", "A status list is out of date", "no-status")
            if bits.is_set(document["credentialSubject"]["encodedList"], one.place):
                found.append(ENDED[one.purpose])
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, BadCredential):
                raise
            raise BadCredential("状态列表无法读取", "A status list cannot be read", "no-status") from error
    return tuple(found)

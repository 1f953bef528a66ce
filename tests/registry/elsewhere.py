"""A registrar elsewhere: its keys, its certificates in words of its own, its status lists; and what of it can be reached."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.registry.conftest import CODES, World, day
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.errands import Forbidden, Unreachable, addresses
from tongqu.exchange.bedrock.procedures import Outcome, begin, perform
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.attestation import base58, bits
from tongqu.exchange.registry.attestation.statements import CONTEXT, lines, proof_lines
from tongqu.exchange.registry.models import Recognition
from tongqu.exchange.registry.recognition import RECOGNISED_REGISTRAR, RECOGNITION, run
from tongqu.wire.seals import Ed25519Signer

DID, BASE = "did:web:registrar.example", "https://registrar.example"
VOCABULARY = "https://registrar.example/terms#"
OWN_WORDS = {
    "PropertyRight": f"{VOCABULARY}PropertyRight", "number": f"{VOCABULARY}number", "owner": f"{VOCABULARY}owner",
    "ownerCode": f"{VOCABULARY}ownerCode", "subjectMatter": f"{VOCABULARY}subjectMatter", "rights": f"{VOCABULARY}rights",
    "summary": f"{VOCABULARY}summary",
}  # fmt: skip
FIELDS = [
    f"certificateCode={VOCABULARY}number", f"holderName={VOCABULARY}owner", f"holderCode={VOCABULARY}ownerCode",
    f"dataName={VOCABULARY}subjectMatter", f"right={VOCABULARY}rights", f"dataOverview={VOCABULARY}summary",
]  # fmt: skip
NOW = day(2027, 3, 1)


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Elsewhere:
    """`reachable` is what its address gives at present; what is not there cannot be reached."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.join("regulator", "11420000MB0000009K", "department", "regulator")
        self.signer = Ed25519Signer.from_seed(b"\7" * 32)
        self.ended: dict[str, set[int]] = {"revocation": set(), "suspension": set()}
        self.reachable: dict[str, bytes | Exception] = {}
        self.asked: list[str] = []
        self.publish(NOW)

    # What it issues.

    def signed(self, plain: Mapping[str, Any], at: datetime, *, signer: Any = None, key: str = "k1") -> dict[str, Any]:
        options = {
            "type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "created": stamp(at),
            "verificationMethod": f"{plain['issuer']}#{key}", "proofPurpose": "assertionMethod",
        }  # fmt: skip
        terms = plain["@context"][1] if len(plain["@context"]) > 1 else {}
        said = proof_lines(options).encode(), lines(plain, terms).encode()
        value = (signer or self.signer).sign(b"".join(hashlib.sha256(one).digest() for one in said))
        return {**plain, "proof": options | {"proofValue": base58.encode(value)}}

    def plain(self, **subject: Any) -> dict[str, Any]:
        told = {
            "id": "urn:registrar:1", "number": "鄂登2026-000017", "owner": "示例supplier有限公司", "ownerCode": CODES["supplier"],
            "subjectMatter": "2018年示例钢铁用电", "rights": ["数据资源持有权", "数据产品经营权"], "summary": "逐刻用电量",
        } | subject  # fmt: skip
        here = f"{BASE}/certificates/17"
        return {
            "@context": [CONTEXT, OWN_WORDS], "id": here, "type": ["VerifiableCredential", "PropertyRight"], "issuer": DID,
            "validFrom": stamp(day(2026, 9, 1)), "validUntil": stamp(day(2031, 9, 1)), "credentialSubject": told,
            "credentialStatus": [
                {"id": f"{here}#{purpose}", "type": "BitstringStatusListEntry", "statusPurpose": purpose,
                 "statusListIndex": "17", "statusListCredential": f"{BASE}/status/{purpose}"}
                for purpose in ("revocation", "suspension")
            ],
        }  # fmt: skip

    def certificate(self, **subject: Any) -> dict[str, Any]:
        return self.signed(self.plain(**subject), day(2026, 9, 1))

    def publish(
        self, at: datetime, *, signer: Any = None, key: str = "k1", lives: timedelta = timedelta(hours=24)
    ) -> None:
        """Its status lists as of a moment."""
        for purpose, ended in self.ended.items():
            here = f"{BASE}/status/{purpose}"
            plain = {
                "@context": [CONTEXT], "id": here, "type": ["VerifiableCredential", "BitstringStatusListCredential"],
                "issuer": DID, "validFrom": stamp(at), "validUntil": stamp(at + lives),
                "credentialSubject": {"id": f"{here}#list", "type": "BitstringStatusList", "statusPurpose": purpose,
                                      "encodedList": bits.encoded(ended)},
            }  # fmt: skip
            self.reachable[here] = json.dumps(self.signed(plain, at, signer=signer, key=key)).encode()

    def fetch(self, url: str, *, bytes_max: int, accept: str) -> bytes:
        """In the place of the network: the address is judged as ever, but for looking its name up."""
        addresses.guard(url, resolver=lambda host, port: ["203.0.114.7"])
        self.asked.append(url)
        found = self.reachable.get(url, Unreachable(Words("没有答复", "no answer")))
        if isinstance(found, Exception):
            raise found
        assert len(found) <= bytes_max
        return found

    # What the supervisor and the holder do.

    def listed(self, **changes: Any) -> int:
        asked = {
            "name": "示例邻省登记中心", "credit_code": "91430000MA000000XR", "did": DID, "basis": "示例互认协议第三条", "method": "k1",
            "public": base58.multikey(self.signer.public_bytes), "since_date": date(2026, 1, 1), "fields": FIELDS,
        } | changes  # fmt: skip
        return begin(RECOGNISED_REGISTRAR, by=self.world.actor("regulator"), at=day(2026, 10, 1), **asked).subject

    def on_register(self, act: str, issuer: int, at: datetime = NOW, **inputs: Any) -> Outcome:
        done = perform(RECOGNISED_REGISTRAR, act, issuer, by=self.world.actor("regulator"), at=at, **inputs)
        self.world.settle(at)
        return done

    def brought(
        self, document: Any, issuer: int, resource: int, *, by: str = "supplier", at: datetime = NOW, **more: Any
    ) -> int:
        """A certificate handed in as a file, or by address."""
        asked: dict[str, Any] = {
            "issuer": issuer,
            "resource": resource,
            "registrar": self.world.parties["registrar"].pk,
        } | more
        if "address" not in asked:
            raw = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
            owner = self.world.parties[by].pk
            asked["paper"] = papers.keep(raw, name="certificate.json", at=at, by=owner).sha256
        return begin(RECOGNITION, by=self.world.actor(by), at=at, **asked).subject

    def checked(self, recognition: int, at: datetime = NOW) -> Recognition:
        """The worker comes to it, and what follows happens."""
        run(recognition, now=lambda: at)
        self.world.settle(at)
        return Recognition.objects.get(pk=recognition)

    def recognised(self, resource: int | None = None, **subject: Any) -> tuple[int, int]:
        """The recognition and the registration that came of it."""
        resource = resource or self.world.catalogued(day(2026, 11, 2))
        row = self.checked(self.brought(self.certificate(**subject), self.listed(), resource))
        assert row.state == "recognised", row.reasons
        assert row.registration_id is not None
        return row.pk, row.registration_id


__all__ = ["BASE", "DID", "NOW", "OWN_WORDS", "Elsewhere", "Forbidden", "stamp"]

"""A neighbouring province's registrar, invented: one of its certificates is recognised, another stands against a right here.

Its key is made here and forgotten, and its address answers nobody: in a house that goes on running, the right is relied on
until its issuer has confirmed nothing for longer than the house allows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tongqu.exchange.bedrock import papers
from tongqu.exchange.members import parties
from tongqu.exchange.registry import attestation, catalogue, recognition
from tongqu.exchange.registry.attestation import CONTEXT, OWN_TERMS
from tongqu.exchange.registry.recognition import RECOGNISED_REGISTRAR, RECOGNITION
from tongqu.wire.seals import Ed25519Signer

if TYPE_CHECKING:
    from tongqu.demo.history import History

DID, BASE = "did:web:registrar.example", "https://registrar.example"


class Neighbour:
    def __init__(self, history: History) -> None:
        self.history, self.town = history, history.town
        self.signer = Ed25519Signer(Ed25519PrivateKey.generate())

    def tell(self) -> None:
        """The supervisor lists it; the hospital and the steelworks bring what it issued to them."""
        town = self.town
        issuer = town.begin(
            RECOGNISED_REGISTRAR, "authority", name="示例邻省数据登记中心", credit_code="91430000MA000000XR", did=DID,
            basis="示例两省数据产权登记互认协议（仅用于演示）", method="certificates", since_date=date(2026, 7, 3),
            public=attestation.base58.multikey(self.signer.public_bytes),
        )  # fmt: skip
        town.later(hours=2)
        self._bring(issuer, 17, "covid-tests", "hospital", ("数据持有权", "数据使用权"))
        town.later(hours=1)
        self._bring(issuer, 18, "steel-power", "steel", ("数据持有权",))

    def _bring(self, issuer: int, number: int, source: str, holder: str, rights: tuple[str, ...]) -> None:
        town = self.town
        resource = self.history.resources[source]
        raw = json.dumps(self._certificate(number, resource, rights), ensure_ascii=False, indent=1).encode()
        paper = papers.keep(raw, name=f"certificate-{number}.json", at=town.now, by=town.parties[holder]).sha256
        brought = town.begin(
            RECOGNITION, holder, issuer=issuer, resource=resource, registrar=town.parties["registrar"], paper=paper
        )
        recognition.run(brought, now=lambda: town.now, ask=self._shows)
        town.settle()

    def _certificate(self, number: int, resource: int, rights: tuple[str, ...]) -> dict[str, Any]:
        entry = catalogue.resource(resource)
        holder, since = parties.organisation(entry.holder_id), self.town.now - timedelta(days=20)
        code, here = f"SJ430120261000{number}", f"{BASE}/credentials/SJ430120261000{number}"
        plain = {
            "@context": [CONTEXT, OWN_TERMS],
            "id": here,
            "type": ["VerifiableCredential", "DataRightsCertificate"],
            "issuer": DID,
            "validFrom": _moment(since),
            "validUntil": _moment(since + timedelta(days=1_000)),
            "credentialSubject": {
                "id": f"urn:registrar:{number}", "certificateCode": code, "certificateKind": "数据产权登记凭证（示例）",
                "holderName": holder.name, "holderCode": holder.credit_code, "dataName": entry.name,
                "dataOverview": entry.abstract[:100], "right": list(rights),
            },
            "credentialStatus": [
                {
                    "id": f"{here}#{purpose}", "type": "BitstringStatusListEntry", "statusPurpose": purpose,
                    "statusListIndex": str(number), "statusListCredential": f"{BASE}/status/{purpose}",
                }
                for purpose in ("revocation", "suspension")
            ],
        }  # fmt: skip
        return self._signed(plain, since)

    def _shows(self, address: str) -> bytes:
        """Its status lists as of now: nothing of its has ended."""
        purpose = address.rpartition("/")[2]
        plain = {
            "@context": [CONTEXT],
            "id": address,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": DID,
            "validFrom": _moment(self.town.now),
            "validUntil": _moment(self.town.now + timedelta(hours=24)),
            "credentialSubject": {
                "id": f"{address}#list", "type": "BitstringStatusList", "statusPurpose": purpose,
                "encodedList": attestation.bits.encoded(()),
            },
        }  # fmt: skip
        return json.dumps(self._signed(plain, self.town.now)).encode()

    def _signed(self, plain: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        return attestation.signed_by(self.signer, f"{DID}#certificates", plain, at)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

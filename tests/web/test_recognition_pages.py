"""Recognition of certificates from elsewhere, on pages: brought by its holder, kept by the supervisor, read by anyone."""

from __future__ import annotations

import copy
import json
import re
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.registry.elsewhere import FIELDS, OWN_WORDS, stamp
from tests.web.market import NOW, Market, form_key
from tongqu.exchange.bedrock.procedures import HOUSE, see
from tongqu.exchange.members import parties
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.attestation import base58, bits
from tongqu.exchange.registry.attestation.statements import CONTEXT
from tongqu.exchange.registry.models import Recognition
from tongqu.exchange.registry.recognition import RECOGNISED_REGISTRAR, RECOGNITION, run
from tongqu.exchange.trading.listings import LISTING
from tongqu.wire.seals import Ed25519Signer

RAW = ("recognised_registrar", "revocation", "suspension", "holding", "the_holder", "None", "{", "lost")


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


class Neighbour:
    """A registrar elsewhere with a door of its own on this machine, which really answers."""

    def __init__(self, market: Market) -> None:
        self.market, self.signer = market, Ed25519Signer.from_seed(b"\7" * 32)
        self.documents: dict[str, Any] = {}
        documents = self.documents

        class Door(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = documents.get(self.path)
                self.send_response(200 if found else 404)
                self.end_headers()
                if found:
                    self.wfile.write(json.dumps(found).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = int(self.server.server_address[1])
        self.did, self.base = f"did:web:127.0.0.1%3A{self.port}", f"http://127.0.0.1:{self.port}"
        self.lists()

    def signed(self, plain: dict[str, Any], at: Any) -> dict[str, Any]:
        from tests.registry.elsewhere import Elsewhere

        return Elsewhere.signed(self, plain, at)  # type: ignore[arg-type]

    def certificate(self, **subject: Any) -> dict[str, Any]:
        seller = parties.organisation(self.market.parties["seller"])
        told = {
            "id": "urn:registrar:1", "number": "鄂登2026-000017", "owner": seller.name, "ownerCode": seller.credit_code,
            "subjectMatter": "", "rights": ["数据持有权", "数据经营权"], "summary": "示例数据",
        } | subject  # fmt: skip
        here = f"{self.base}/certificates/17"
        plain = {
            "@context": [CONTEXT, OWN_WORDS], "id": here, "type": ["VerifiableCredential", "PropertyRight"],
            "issuer": self.did, "validFrom": stamp(NOW - timedelta(days=60)), "validUntil": stamp(NOW + timedelta(days=900)),
            "credentialSubject": told,
            "credentialStatus": [
                {"id": f"{here}#revocation", "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
                 "statusListIndex": "17", "statusListCredential": f"{self.base}/status/revocation"}
            ],
        }  # fmt: skip
        self.documents["/certificates/17"] = self.signed(plain, NOW - timedelta(days=60))
        return copy.deepcopy(self.documents["/certificates/17"])

    def lists(self, *ended: int, at: Any = NOW - timedelta(hours=26)) -> None:
        here = f"{self.base}/status/revocation"
        plain = {
            "@context": [CONTEXT], "id": here, "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self.did, "validFrom": stamp(at), "validUntil": stamp(at + timedelta(hours=24)),
            "credentialSubject": {"id": f"{here}#list", "type": "BitstringStatusList", "statusPurpose": "revocation",
                                  "encodedList": bits.encoded(ended)},
        }  # fmt: skip
        self.documents["/status/revocation"] = self.signed(plain, at)

    def listed(self) -> int:
        return self.market.begin(
            RECOGNISED_REGISTRAR, "authority", name="示例邻省登记中心", credit_code="91430000MA000000XR", did=self.did,
            basis="示例互认协议第三条", method="k1", public=base58.multikey(self.signer.public_bytes),
            since_date=date(2026, 1, 1), fields=FIELDS,
        )  # fmt: skip


@pytest.fixture
def neighbour(market: Market, settings: Any) -> Iterator[Neighbour]:
    market.now = NOW - timedelta(hours=26)
    made = Neighbour(market)
    settings.ERRAND_ALLOW = frozenset({f"127.0.0.1:{made.port}"})
    yield made
    made.server.shutdown()
    made.server.server_close()


def checked(market: Market, number: int, at: Any = None) -> Recognition:
    run(number, now=lambda: at or market.now)
    market.settle()
    return Recognition.objects.get(pk=number)


def brought(market: Market, neighbour: Neighbour, **more: Any) -> tuple[int, int]:
    """By address, over the wire; the recognition and its resource."""
    resource = market.resource("seller")
    from tongqu.exchange.registry import catalogue

    neighbour.certificate(subjectMatter=more.pop("name", catalogue.resource(resource).name))
    number = market.begin(
        RECOGNITION, "seller", issuer=neighbour.listed(), resource=resource, registrar=market.parties["registrar"],
        address=f"{neighbour.base}/certificates/17",
    )  # fmt: skip
    return number, resource


def test_a_story_from_the_file_on_a_page_to_a_product_on_sale_and_off_again(
    market: Market, neighbour: Neighbour
) -> None:
    number, resource = brought(market, neighbour)
    client = market.client("seller")
    assert "核验中" in client.get(f"/desk/recognition/{number}").text
    row = checked(market, number)
    assert row.state == "recognised", (row.reasons, row.trouble)
    registration = int(row.registration_id or 0)
    page = text_of(client.get(f"/desk/recognition/{number}").text)
    assert "数据持有权、数据经营权" in page
    assert not [word for word in RAW if word in page]
    # A product of it goes on sale at once, reviewed by nobody here.
    product = market.product("seller", resource=resource, registration=registration)
    listing = see(LISTING, product, HOUSE)
    assert (listing.state, listing.review) == ("published", {"basis": "right", "right": "鄂登2026-000017"})
    public = text_of(client.get(f"/products/{product}").text)
    assert "异地登记，已认可 示例邻省登记中心" in public
    assert "预登记凭证" not in public
    assert "由示例邻省登记中心登记，在此认可" in text_of(client.get(f"/resources/{resource}").text)
    shown = client.get(f"/api/products/{product}").json()
    assert (shown["certificate"], shown["registered_elsewhere"]["did"]) == ("鄂登2026-000017", neighbour.did)
    (listed,) = client.get("/api/registrars").json()["items"]
    assert (listed["name"], listed["recognised"]) == ("示例邻省登记中心", 1)
    # Revoked elsewhere: off sale, with the reason, and its holder is told.
    market.now = NOW - timedelta(minutes=1)
    neighbour.lists(17, at=market.now)
    checked(market, number)
    assert see(LISTING, product, HOUSE).state == "blocked"
    told = text_of(market.client("seller").get("/desk").text)
    assert "知悉停止采信" in told
    right_page = text_of(client.get(f"/recognised/{registration}").text)
    assert "签发机构已将凭证注销或换发" in right_page
    assert "签发机构已将凭证注销或换发" in text_of(client.get(f"/desk/ownership/{registration}").text)


def test_the_form_takes_a_file_and_says_what_is_wrong(market: Market, neighbour: Neighbour) -> None:
    resource, issuer = market.resource("seller"), neighbour.listed()
    client = market.client("seller")
    page = client.get("/desk/recognition/new").text
    assert "示例邻省登记中心" in page
    sent = {
        "_act": "begin", "_key": form_key(page, "begin"), "issuer": str(issuer), "resource": str(resource),
        "registrar": str(market.parties["registrar"]), "paper": "", "address": "http://169.254.169.254/latest",
    }  # fmt: skip
    answer = client.post("/desk/recognition/new", sent)
    assert answer.status_code == 409
    assert "网址不在签发机构的网站之下" in text_of(answer.text)
    answer = client.post("/desk/recognition/new", sent | {"address": ""})
    assert "凭证文件和网址填一项" in text_of(answer.text)


def test_a_conflict_is_put_before_the_registrar_in_words(market: Market, neighbour: Neighbour) -> None:
    number, _ = brought(market, neighbour, name="另一批数据")
    assert checked(market, number).state == "conflict"
    page = text_of(market.client("registrar").get(f"/desk/recognition/{number}").text)
    assert "数据名称不同" in page
    assert "予以认可" in page
    assert market.client("rival").get(f"/desk/recognition/{number}").status_code == 404


def test_the_register_is_public_in_both_languages_and_costs_few_statements(
    market: Market, neighbour: Neighbour, django_assert_max_num_queries: DjangoAssertNumQueries, client: Any
) -> None:
    number, _ = brought(market, neighbour)
    row = checked(market, number)
    client.get("/registrars")
    with django_assert_max_num_queries(6):
        page = client.get("/registrars")
    assert "示例邻省登记中心" in page.text
    with django_assert_max_num_queries(3):
        one = client.get(f"/registrars/{row.issuer_id}")
    assert base58.multikey(neighbour.signer.public_bytes) in one.text
    with django_assert_max_num_queries(6):
        right = client.get(f"/recognised/{row.registration_id}")
    assert "鄂登2026-000017" in right.text
    assert "Recognised registrars" in market.client("buyer", "en").get("/registrars").text
    for address in ("/registrars/999", "/recognised/999999"):
        assert client.get(address).status_code == 404


def test_a_right_of_our_own_has_no_page_of_origin(market: Market, client: Any) -> None:
    registration = market.registered("seller")
    assert ownership.right(registration).elsewhere is None
    assert client.get(f"/recognised/{registration}").status_code == 404

"""One whole trade, told from the first request to the last fen, with a real node between the two parties."""

from __future__ import annotations

import csv
import hashlib
import io
import uuid
from decimal import Decimal

import pytest

from tests.journeys.market import PRICE_MICRO_YUAN, Market
from tongqu.demo.history import DATA
from tongqu.demo.town import moment
from tongqu.exchange.bedrock import evidence, ledger
from tongqu.exchange.bedrock.procedures import Refused
from tongqu.exchange.members import credentials, nodes
from tongqu.exchange.registry import ownership
from tongqu.exchange.trading import contracts, delivery, listings
from tongqu.exchange.treasury import billing, sharing
from tongqu.wire.canonical import canonical, digest
from tongqu.wire.proofs import BadProof, verify_proof
from tongqu.wire.statement import check_receipts

pytestmark = pytest.mark.slow


def test_from_a_registered_right_to_the_shares_paid_out(market: Market) -> None:
    town = market.town

    # What is sold stands on a registered right, and was published without a second review.
    product = listings.listing(market.products["verification"])
    right = ownership.right(market.history.rights["bank-credit"])
    assert product.state == "published"
    assert product.review["basis"] == "right"
    assert product.review["right"] == right.code
    assert ownership.verify_certificate(str(right.code), at=town.now).good

    # Lender has 20,000 yuan. It asks for the published terms; the bank's standing instruction agrees at once.
    assert market.money("lender") == (2_000_000, 0)
    deal = market.ask("verification", "lender", purposes=["risk-management"])
    agreed = market.deal(deal)
    assert agreed.state == "agreed"
    assert agreed.terms["total_fen"] == 850  # 1,000 calls at 0.0085 yuan

    # Both signatures are on one text, and the money is held before there is a contract.
    use = market.use(deal, "lender")
    signed = market.deal(deal)
    assert signed.state == "finalized"
    assert digest(signed.text) == signed.text_digest
    assert signed.provider_signature == {"standing": dict(product.standing or {})}
    assert signed.consumer_signature is not None
    assert market.money("lender") == (2_000_000 - 850, 850)
    assert market.settlement(deal).state == "held"
    assert (use.contract.state, use.state) == ("in_force", "started")
    assert use.contract.text == signed.text

    # 137 questions at the node: each answered from the real data, each with a receipt.
    town.later(days=1)
    use.calls(137)
    with (DATA / "credit_default_party_a.csv").open() as file:
        head, *rows = [line.strip().split(",") for line in file]
    arrears = {row[head.index("ID")]: row[head.index("default_next_month")] for row in rows}
    assert use.answers == ["yes" if arrears[key] == "1" else "no" for key in market.clients[:137]]

    # The use ends; the node's statements cover exactly the receipts in the buyer's hands.
    use.stop()
    assert use.state == "completed"
    assert sum(s.calls for s in delivery.statements(use.transfer)) == 137
    assert use.disagreements() == []

    # Accepted: the bill is rounded once, and what is under a fen waits for the next bill.
    use.act("accept")
    bill = billing.bill_of(use.transfer)
    assert bill.state == "settled"
    assert (bill.units, bill.price_micro_yuan, bill.metered_micro_yuan) == (137, PRICE_MICRO_YUAN, 1_164_500)
    assert (bill.fen, bill.carried_in_micro_yuan, bill.carried_out_micro_yuan) == (116, 0, 4_500)
    told = delivery.reported(use.transfer)
    assert (bill.statements, bill.statements_root) == (told.count, told.root)

    # Released and shared out by the agreed plan: 70 and 30 of 100; the odd fen is the bank's, who is named first.
    paid = market.settlement(deal)
    assert (paid.state, paid.charged_fen, paid.fee_fen) == ("released", 116, 0)
    shared = sharing.distribution_of(paid.id)
    assert shared is not None
    assert [(part["party"], part["fen"]) for part in shared.parts] == [
        (market.parties["bank"], 82),
        (market.parties["billing"], 34),
    ]
    assert market.money("lender") == (2_000_000 - 116, 0)
    assert market.money("bank") == (82, 0)
    assert market.money("billing") == (34, 0)
    assert market.earned("bank") == 0
    assert contracts.contract(use.contract.id).state == "performed"

    # The second bill between the two takes the residue in: 3 * 0.0085 + 0.0045 = 0.03 yuan exactly.
    second = market.use(market.ask("verification", "lender", purposes=["research"]), "lender", "research")
    second.calls(3, first=200)
    second.stop()
    second.act("accept")
    next_bill = billing.bill_of(second.transfer)
    assert (next_bill.carried_in_micro_yuan, next_bill.fen, next_bill.carried_out_micro_yuan) == (4_500, 3, 0)
    assert bill.metered_micro_yuan + next_bill.metered_micro_yuan == (bill.fen + next_bill.fen) * 10_000
    assert market.money("lender") == (2_000_000 - 119, 0)

    # Every step can be proven afterwards, to one who holds nothing but the log's key.
    of_this_trade = (
        ("listing", product.id), ("ownership", right.registration_id), ("negotiation", deal), ("settlement", paid.id),
        ("contract", use.contract.id), ("transfer", use.transfer), ("bill", bill.id), ("distribution", shared.id),
    )  # fmt: skip
    story = market.story(*of_this_trade[2:])
    assert [act for act in story if act != "transfer.meter"] == [
        "negotiation.begin", "negotiation.agree", "negotiation.verify", "settlement.begin", "settlement.reserve",
        "negotiation.finalize", "contract.begin", "transfer.begin", "transfer.start", "transfer.collect", "transfer.stop",
        "transfer.complete", "transfer.accept", "bill.begin", "settlement.release", "distribution.begin", "bill.settle",
        "contract.perform",
    ]  # fmt: skip
    assert market.prove(*of_this_trade) >= len(story) + 10
    market.audited()


def test_one_changed_fen_in_a_proof_is_found(market: Market) -> None:
    deal = market.ask("verification", "lender", purposes=["risk-management"])
    market.history.sign(deal, "lender")
    held = next(
        f for f in evidence.follow(after=-1, limit=10_000) if f.procedure == "settlement" and f.act == "reserve"
    )
    proof = evidence.prove(held.id)
    verify_proof(proof)
    proof["envelope"]["body"]["data"]["total_fen"] -= 1
    with pytest.raises(BadProof) as found:
        verify_proof(proof)
    assert found.value.code == "body-changed"


def test_a_statement_over_other_calls_is_found_by_the_buyer(market: Market) -> None:
    """The buyer was handed twenty receipts; whatever else a statement is about, checking names it."""
    use = market.use(market.ask("verification", "lender", purposes=["risk-management"]), "lender")
    use.calls(20)
    use.stop()
    key = nodes.node(int(market.node.number)).public_key
    (statement,) = delivery.statements(use.transfer)
    assert check_receipts(statement.sealed, use.receipts, key) == []
    assert check_receipts(statement.sealed, use.receipts[:-1], key)[0].code == "receipt-missing"
    other = market.use(market.ask("verification", "lender", purposes=["research"]), "lender", "research")
    other.calls(1, first=50)
    assert "other-contract" in [
        d.code for d in check_receipts(statement.sealed, [*use.receipts[:-1], *other.receipts], key)
    ]


def test_a_text_that_was_changed_after_signing_no_longer_carries_its_signatures(market: Market) -> None:
    deal = market.ask("verification", "lender", purposes=["risk-management"])
    market.history.sign(deal, "lender")
    made = market.deal(deal)
    assert made.text is not None
    assert made.consumer_signature is not None
    signature = credentials.Signature.of(dict(made.consumer_signature))
    credentials.verify(canonical(made.text), signature)
    changed = {**made.text, "clauses": {**made.text["clauses"], "7-acceptance": {"inspection_days": 0}}}
    with pytest.raises(credentials.BadSignature):
        credentials.verify(canonical(changed), signature)


def test_raw_data_of_a_department_is_refused_with_the_article(market: Market) -> None:
    """The registry says no, with the place in the text, and nothing is registered."""
    before = len(evidence.follow(after=-1, limit=100_000))
    with pytest.raises(Refused) as refused:
        market.history.apply("metro-stations", origin="duty", rights=["holding"])
    blocking = [finding for finding in refused.value.findings if finding.blocks]
    assert any(finding.cite.startswith("PROP35") for finding in blocking)
    market.town.settle()
    assert len(evidence.follow(after=-1, limit=100_000)) == before


def test_the_data_set_arrives_whole_and_its_hash_is_the_contracts(market: Market) -> None:
    use = market.use(market.ask("dataset", "lender", purposes=["research"]), "lender", "research")
    version = delivery.transfer(use.transfer).source_version
    call = str(uuid.uuid4())
    first = use.download(call)
    assert (first.status_code, first.json()["code"]) == (503, "copy-being-made")
    use.wait_for_copy()
    answer = use.download(call)
    assert answer.status_code == 200
    # The copy bears marks, as the contract says: it is made of the agreed version, and differs in one column by 0.01.
    assert answer.headers["tongqu-version"] == version
    assert f'"{hashlib.sha256(answer.content).hexdigest()}"' == answer.headers["etag"]
    original = (DATA / "steel_industry_data.csv").read_bytes()
    assert hashlib.sha256(original).hexdigest() == version
    _differs_in_one_column(original, answer.content)
    # Cut short and asked for again under the same key: the rest comes, and it is one download.
    rest = use.download(call, Range="bytes=1000-")
    assert (rest.status_code, rest.content) == (206, answer.content[1000:])
    # What the permit no longer covers is refused with that reason, and is not billed.
    again = use.download(str(uuid.uuid4()))
    assert (again.status_code, [r["code"] for r in again.json()["reasons"]]) == (403, ["calls-exhausted"])
    # One download is what a data set's contract permits: the use ends with it, and the inspection begins.
    market.node.sync(4)
    assert use.state == "completed"
    market.town.at(moment(10, 9, 0, 0))
    assert use.state == "accepted"  # seven days of silence end on 1 October, a holiday, so on 8 October
    bill = billing.bill_of(use.transfer)
    assert (bill.price_kind, bill.fen, bill.carried_out_micro_yuan) == ("fixed", 120_000, 0)
    assert market.money("lender") == (2_000_000 - 120_000, 0)
    assert market.money("steel") == (120_000, 0)  # no plan: all of it is the provider's
    market.audited()


def _differs_in_one_column(original: bytes, copy: bytes) -> None:
    ours, theirs = (list(csv.DictReader(io.StringIO(each.decode("utf-8-sig")))) for each in (original, copy))
    assert len(ours) == len(theirs) == 35_040
    moved = 0
    for one, other in zip(ours, theirs, strict=True):
        assert {**one, "Usage_kWh": ""} == {**other, "Usage_kWh": ""}
        moved += one["Usage_kWh"] != other["Usage_kWh"]
        assert abs(Decimal(one["Usage_kWh"]) - Decimal(other["Usage_kWh"])) in (0, Decimal("0.01"))
    assert 15_000 < moved < 20_000


def test_the_month_has_turned_when_silence_accepts_over_national_day(market: Market) -> None:
    """Five natural days from 30 September end on 5 October, a holiday: the last day moves to Thursday 8 October."""
    use = market.use(market.ask("verification", "lender", purposes=["risk-management"]), "lender")
    market.town.at(moment(9, 30, 10))
    market.node.sync()
    use.calls(4)
    use.stop()
    market.town.at(moment(10, 8, 23, 59))
    assert use.state == "completed"
    market.town.at(moment(10, 9, 0, 0))
    assert use.state == "accepted"
    assert delivery.transfer(use.transfer).accepted_how == "silence"
    assert billing.bill_of(use.transfer).fen == 3
    assert ledger.audit() == []

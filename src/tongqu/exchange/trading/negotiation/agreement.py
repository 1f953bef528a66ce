"""The text that both parties sign: one canonical JSON, its usage policy in ODRL, and the policy as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.members import parties
from tongqu.exchange.registry import consent
from tongqu.exchange.trading import listings
from tongqu.wire.constraints import Names, RequestsAMinute
from tongqu.wire.odrl import read, write
from tongqu.wire.policy import ACTIONS, AGREEMENT, OFFER, Policy, Term, differences
from tongqu.wire.words import Words as Said

# The model contract was not read in its own text: its structure is followed as secondary sources tell it.
TEMPLATE, TEMPLATE_CITE = "GF-2025-2615", "CON25"


def venue_entry(strength: str, cite: str, words: Words, mark: Words | None) -> dict[str, Any]:
    """One basis for dealing on the exchange, with the mark of its certainty, as the text keeps it."""
    return {
        "strength": strength, "cite": cite, "zh": words.zh, "en": words.en,
        "mark": {"zh": mark.zh, "en": mark.en} if mark else None,
    }  # fmt: skip


def text(
    *,
    negotiation: int,
    between: Mapping[str, Mapping[str, Any]],
    product: Mapping[str, Any],
    terms: Mapping[str, Any],
    venue: list[dict[str, Any]],
    related: bool,
    tabled_at: datetime,
    template_mark: Words | None,
) -> dict[str, Any]:
    """The agreement as both sign it. Clauses follow the structure of the model data-provision contract GF-2025-2615.

    `tabled_at` is when these terms came on the table; when each side signed stands in its signature.
    """
    made: dict[str, Any] = {
        "template": TEMPLATE,
        "template_mark": {"zh": template_mark.zh, "en": template_mark.en} if template_mark else None,
        "negotiation": negotiation,
        "tabled_at": tabled_at.astimezone(UTC).isoformat(),
        "parties": {role: dict(party) for role, party in between.items()},
        "clauses": {
            "1-data": dict(product),
            "2-rights": {"granted": ["use"], "onward": "forbidden", "provider_keeps": ["holding", "use", "operation"]},
            "5-delivery": {
                "mode": product["mode"],
                "question": terms.get("question", ""),
            },
            "6-price": {
                "kind": terms["price_kind"],
                "micro_yuan_per_call": terms.get("price_micro_yuan"),
                "fixed_fen": terms.get("price_fen"),
                "at_most_fen": terms["total_fen"],
                "basis": terms["price_basis"],
                "charge": terms.get("charge", "asked"),
            },
            "7-acceptance": {
                "inspection_days": terms["inspection_days"],
                "using_is_accepting": False,
                "silence_is_accepting": True,
            },
        },
        "policy": odrl(negotiation, between, product, terms),
        "venue": venue,
        "related_parties": related,
        "note": str(terms.get("note", "")),
    }
    if product["personal"] in {"general", "sensitive"} or product["data_class"] == "important":
        made["clauses"]["8-protection"] = dict(PROTECTION)
    return made


# What a contract must fix when personal information or important data is provided (NDR art. 12). Purpose, manner and
# scope are the policy's; these are the duties beside them.
PROTECTION = {
    "cite": "NDR:12",
    "receiver_protects": "接收方按约定的目的、方式、范围处理，并采取不低于提供方的安全保护措施",
    "receiver_protects_en": "The receiver keeps to the purpose, manner and scope, with protection no weaker than the provider's",
    "provider_supervises": "提供方有权监督接收方履行义务",
    "provider_supervises_en": "The provider supervises that the receiver does",
    "records_kept_years": 3,
}


def odrl(
    negotiation: int, between: Mapping[str, Mapping[str, Any]], product: Mapping[str, Any], terms: Mapping[str, Any]
) -> dict[str, Any]:
    """The usage policy agreed, as ODRL 2.2: what the contract says in words and what the node enforces."""
    return write(
        listings.Terms(terms).policy(
            kind=AGREEMENT,
            uid=f"urn:tongqu:negotiation:{negotiation}",
            target=f"urn:tongqu:listing:{product['listing']}",
            mode=product["mode"],
            assigner=between["provider"]["credit_code"],
            assignee=between["consumer"]["credit_code"],
        )
    )


def offer(terms: Mapping[str, Any], *, mode: str, listing: int = 0, provider: str = "") -> Policy:
    """The policy of terms that nobody has accepted yet."""
    named = f"urn:tongqu:listing:{listing}"
    return listings.Terms(terms).policy(
        kind=OFFER, uid=f"{named}:offer", target=named, mode=mode, assigner=provider, assignee=None
    )


@dataclass(frozen=True)
class Agreed:
    """What a signed text fixes: the usage policy, and the same as the terms that were on the table."""

    policy: Policy
    terms: Mapping[str, Any]


def agreed(text: Mapping[str, Any]) -> Agreed:
    """What a signed text fixes, read from its policy and its price."""
    price, policy = text["clauses"]["6-price"], _signed_policy(text)
    terms = {
        **listings.Terms.of(policy).told,
        "price_kind": price["kind"], "price_micro_yuan": price["micro_yuan_per_call"], "price_fen": price["fixed_fen"],
        "charge": price.get("charge", "asked"),
        "total_fen": price["at_most_fen"], "inspection_days": text["clauses"]["7-acceptance"]["inspection_days"],
    }  # fmt: skip
    return Agreed(policy, terms)


def _signed_policy(text: Mapping[str, Any]) -> Policy:
    """The usage policy of a signed text. A text from before this profile says its rate in a clause instead."""
    policy = read(text["policy"])
    delivery, rate = text["clauses"]["5-delivery"], policy.find(RequestsAMinute)
    if policy.action == "use":
        terms = (*policy.constraints, *(() if rate else (Term.of(RequestsAMinute(delivery["rate_per_minute"])),)))
        return replace(
            policy, action=ACTIONS[delivery["mode"]], constraints=terms, assigner=text["parties"]["provider"]["credit_code"],
            assignee=text["parties"]["consumer"]["credit_code"],
        )  # fmt: skip
    return policy


def _region(code: str) -> Said:
    place = next(iter(reversed(parties.divisions.ever(code))), None)
    return Said(f"{place.name}（{code}）", f"{place.name} ({code})") if place else Said(code, code)


def _purpose(code: str) -> Said:
    words = listings.Purpose(code).words
    return Said(words.zh, words.en)


def _kind(code: str) -> Said:
    words = next((one.words for one in consent.Kind if one.value == code), Words(code, code))
    return Said(words.zh, words.en)


NAMES = Names(purpose=_purpose, region=_region, kind=_kind)


def sentences(terms: Mapping[str, Any]) -> list[Words]:
    """The terms as people read them: the sentences of the policy that is enforced, then price and inspection."""
    usage = offer(terms, mode="verification")
    said = [_ours(one) for one in usage.sentences(NAMES)]
    if terms.get("recipients"):
        codes = "、".join(terms["recipients"])
        said.append(
            Words(
                f"结果除买方外只可提供给：{codes}（统一社会信用代码）。",
                f"Besides the buyer, answers only for: {codes} (credit codes).",
            )
        )
    elif terms.get("recipients_max"):
        most = terms["recipients_max"]
        said.append(
            Words(
                f"买方可在协商时列明至多 {most} 个买方以外的接收方。",
                f"The buyer may name up to {most} recipients besides itself in the negotiation.",
            )
        )
    return [*said, *_price(terms), _inspection(terms)]


def _price(terms: Mapping[str, Any]) -> list[Words]:
    charge = listings.Charge(terms.get("charge") or "asked")
    by_row = [_BY_ROW] if charge is listings.Charge.ROWS else []
    if terms["price_kind"] == "call":
        micro, unit = int(terms["price_micro_yuan"]), charge.unit
        each = Words(
            f"每{unit.zh} {micro_yuan(micro)}，总额不超过 {yuan(terms['total_fen'])}。",
            f"{micro_yuan(micro)} a {unit.en}, {yuan(terms['total_fen'])} at most.",
        )
        return [each, *by_row, *([_NONE_COSTS_NOTHING] if charge is not listings.Charge.ASKED else [])]
    return [Words(f"总价 {yuan(terms['price_fen'])}。", f"{yuan(terms['price_fen'])} in all."), *by_row]


_BY_ROW = Words(
    "返回的每一行计一次调用；没有结果的一次也计一次。",
    "Each row returned counts as a call; so does a call without any.",
)
_NONE_COSTS_NOTHING = Words("没有结果的一次不收费。", "A call without any result costs nothing.")


def _inspection(terms: Mapping[str, Any]) -> Words:
    days = terms["inspection_days"]
    return Words(
        f"交付后 {days} 日内检验；使用不等于验收合格。",
        f"{days} days to inspect after delivery; using is not accepting.",
    )


@dataclass(frozen=True)
class Change:
    """One line of a counter-offer: what was said, what is said now, and whether that allows the buyer less (`tighter`),
    more (`looser`), or something else (`other`)."""

    was: Words | None
    now: Words | None
    direction: str


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What a counter-offer changes, line by line: the policy, the recipients, the price."""
    was, now = (offer(terms, mode="verification") for terms in (before, after))
    found = [
        Change(_ours(each.was) if each.was else None, _ours(each.now) if each.now else None, each.direction)
        for each in differences(was, now, NAMES)
    ]
    olds, news = set(before.get("recipients", ())), set(after.get("recipients", ()))
    if olds != news:
        direction = "tighter" if news < olds else "looser" if olds < news else "other"
        found.append(Change(_recipients(before), _recipients(after), direction))
    if _price(before) != _price(after):
        found.append(Change(_price(before)[0], _price(after)[0], "other"))
    return found


def _ours(words: Said) -> Words:
    return Words(words.zh, words.en)


def _recipients(terms: Mapping[str, Any]) -> Words | None:
    codes = "、".join(terms.get("recipients", ()))
    return Words(f"其他接收方：{codes}。", f"Further recipients: {codes}.") if codes else None


def micro_yuan(amount: int) -> str:
    """A metered price, which may be under a fen: 12345 -> '¥ 0.012345', 500000 -> '¥ 0.50'."""
    whole, rest = divmod(amount, 1_000_000)
    digits = f"{rest:06d}".rstrip("0")
    return f"¥ {whole:,}.{digits.ljust(2, '0')}"

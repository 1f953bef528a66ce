"""The text that both parties sign: one canonical JSON, its usage policy in ODRL, and the policy as sentences. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.trading.listings.inputs import Charge, Purpose

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
    parties: Mapping[str, Mapping[str, Any]],
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
        "parties": {role: dict(party) for role, party in parties.items()},
        "clauses": {
            "1-data": dict(product),
            "2-rights": {"granted": ["use"], "onward": "forbidden", "provider_keeps": ["holding", "use", "operation"]},
            "5-delivery": {
                "mode": product["mode"],
                "question": terms.get("question", ""),
                "calls_max": terms["calls_max"],
                "rate_per_minute": terms["rate_per_minute"],
                "period_days": terms["period_days"],
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
        "policy": odrl(negotiation, parties, product, terms),
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
    negotiation: int, parties: Mapping[str, Mapping[str, Any]], product: Mapping[str, Any], terms: Mapping[str, Any]
) -> dict[str, Any]:
    """An ODRL 2.2 agreement: use for the purposes, within the period and count; no onward transfer."""

    def limit(left: str, operator: str, right: Any) -> dict[str, Any]:
        return {"leftOperand": left, "operator": operator, "rightOperand": right}

    return {
        "@context": "http://www.w3.org/ns/odrl.jsonld",
        "@type": "Agreement",
        "uid": f"urn:tongqu:negotiation:{negotiation}",
        "assigner": parties["provider"]["credit_code"],
        "assignee": parties["consumer"]["credit_code"],
        "permission": [
            {
                "action": "use",
                "target": f"urn:tongqu:listing:{product['listing']}",
                "constraint": [
                    limit("purpose", "isAnyOf", list(terms["purposes"])),
                    limit("count", "lteq", terms["calls_max"]),
                    limit("elapsedTime", "lteq", f"P{terms['period_days']}D"),
                ],
            }
        ],
        "prohibition": [{"action": "distribute", "target": f"urn:tongqu:listing:{product['listing']}"}],
    }


def sentences(terms: Mapping[str, Any]) -> list[Words]:
    """The terms as people read them, made from what is enforced."""
    names = [Purpose(p).words for p in terms["purposes"]]
    said = [
        Words(f"只可用于：{'、'.join(n.zh for n in names)}。", f"Use only for: {', '.join(n.en for n in names)}."),
        Words(
            f"自生效起 {terms['period_days']} 日内可用。", f"Usable for {terms['period_days']} days from taking effect."
        ),
    ]
    if terms["price_kind"] == "call":
        micro, charge = int(terms["price_micro_yuan"]), Charge(terms.get("charge") or "asked")
        unit = charge.unit
        said += [
            Words(
                f"最多返回 {terms['calls_max']:,} 行（没有结果的一次也计一行），每分钟不超过 {terms['rate_per_minute']:,} 次。",
                f"At most {terms['calls_max']:,} rows (a call without any counts as one), no more than {terms['rate_per_minute']:,} calls a minute.",
            )
            if charge is Charge.ROWS
            else Words(
                f"最多调用 {terms['calls_max']:,} 次，每分钟不超过 {terms['rate_per_minute']:,} 次。",
                f"At most {terms['calls_max']:,} calls, no more than {terms['rate_per_minute']:,} a minute.",
            ),
            Words(
                f"每{unit.zh} {micro_yuan(micro)}，总额不超过 {yuan(terms['total_fen'])}。",
                f"{micro_yuan(micro)} a {unit.en}, {yuan(terms['total_fen'])} at most.",
            ),
        ]
    else:
        said.append(Words(f"总价 {yuan(terms['price_fen'])}。", f"{yuan(terms['price_fen'])} in all."))
    said += [
        Words("不得转让、转售或再提供给第三方。", "Not to be passed on, resold or provided to third parties."),
        Words(
            f"交付后 {terms['inspection_days']} 日内检验；使用不等于验收合格。",
            f"{terms['inspection_days']} days to inspect after delivery; using is not accepting.",
        ),
    ]
    return said


def micro_yuan(amount: int) -> str:
    """A metered price, which may be under a fen: 12345 -> '¥ 0.012345', 500000 -> '¥ 0.50'."""
    whole, rest = divmod(amount, 1_000_000)
    digits = f"{rest:06d}".rstrip("0")
    return f"¥ {whole:,}.{digits.ljust(2, '0')}"

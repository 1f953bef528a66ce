"""The usage policy as ODRL 2.2 in JSON-LD, out and in again. Nothing is fetched: the context stands in the document.

Reading keeps what it does not know as it stands, so that the node refuses it by name; only what is no policy of one
permission at all is refused here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tongqu.wire.policy import (
    AGREEMENT,
    COMPENSATE,
    OFFER,
    PROFILE,
    WATERMARK,
    Duty,
    Policy,
    Price,
    Term,
)
from tongqu.wire.words import Words

ODRL = "http://www.w3.org/ns/odrl/2/"
XSD = "http://www.w3.org/2001/XMLSchema#"
CONTEXT: dict[str, Any] = {
    "@vocab": ODRL,
    "odrl": ODRL,
    "tq": f"{PROFILE}:",
    "xsd": XSD,
    "uid": "@id",
    **{name: {"@type": "@id"} for name in ("profile", "assigner", "assignee", "target", "unit")},
    **{name: {"@type": "@vocab"} for name in ("action", "conflict", "leftOperand", "operator")},
}
"""What the ODRL context says of the names used here, and our prefix: the same triples without a look-up."""

MICRO = 1_000_000
PARTIES = "urn:tongqu:organisation:"
CURRENCY = "urn:tongqu:odrl:1:CNY"
_NUMBERS = {"count", "tq:keysPerRequest", "tq:requestsPerMinute", "tq:groupSize"}
_TYPES = {"dateTime": "xsd:dateTime", "elapsedTime": "xsd:duration"}
_SETS = {"isAnyOf", "isPartOf", "hasPart"}


class BadPolicy(ValueError):
    """The JSON is not a policy of this form. `words` says what is wrong; mend the document and send it again."""

    code = "bad-policy"

    def __init__(self, zh: str, en: str) -> None:
        self.words = Words(zh, en)
        super().__init__(en)


# -- out -------------------------------------------------------------------------------------------------------------


def write(policy: Policy) -> dict[str, Any]:
    """The policy as a JSON-LD document."""
    permission: dict[str, Any] = {
        "target": policy.target,
        "action": policy.action,
        "constraint": [_constraint(term) for term in policy.constraints],
    }
    if policy.price is not None:
        permission["duty"] = [_compensate(policy.price)]
    made: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": policy.kind,
        "uid": policy.uid,
        "profile": PROFILE,
        "conflict": "prohibit",
        "assigner": PARTIES + policy.assigner,
        **({"assignee": PARTIES + policy.assignee} if policy.assignee else {}),
        "permission": [permission],
    }
    if policy.prohibitions:
        made["prohibition"] = [{"target": policy.target, "action": action} for action in policy.prohibitions]
    if policy.obligations:
        made["obligation"] = [_obligation(policy, duty) for duty in policy.obligations]
    return made


def _constraint(term: Term) -> dict[str, Any]:
    return {"leftOperand": term.left, "operator": term.operator, "rightOperand": _right(term)}


def _right(term: Term) -> Any:
    if term.left in _NUMBERS and len(term.right) == 1 and term.right[0].isascii() and term.right[0].isdigit():
        return int(term.right[0])
    if term.left in _TYPES and len(term.right) == 1:
        return {"@value": term.right[0], "@type": _TYPES[term.left]}
    return list(term.right) if term.operator in _SETS or len(term.right) != 1 else term.right[0]


def _compensate(price: Price) -> dict[str, Any]:
    whole, rest = divmod(price.micro_yuan, MICRO)
    amount = {"@value": f"{whole}.{rest:06d}", "@type": "xsd:decimal"}
    constraints = [{"leftOperand": "payAmount", "operator": "eq", "rightOperand": amount, "unit": CURRENCY}]
    if price.per_call:
        constraints.append({"leftOperand": "unitOfCount", "operator": "eq", "rightOperand": "call"})
    return {"action": COMPENSATE, "constraint": constraints}


def _obligation(policy: Policy, duty: Duty) -> dict[str, Any]:
    """Who owes it: the provider marks what it delivers; all else the buyer owes."""
    owed = {"assigner": policy.assignee, "assignee": policy.assigner}
    if duty.action != WATERMARK:
        owed = {"assigner": policy.assigner, "assignee": policy.assignee}
    made: dict[str, Any] = {role: PARTIES + code for role, code in owed.items() if code}
    made |= {"target": policy.target, "action": duty.action}
    if duty.terms:
        made["constraint"] = [_constraint(term) for term in duty.terms]
    return made


# -- in --------------------------------------------------------------------------------------------------------------


def read(document: Any) -> Policy:
    """The policy of such a document. Raises BadPolicy."""
    if not isinstance(document, Mapping) or document.get("@type") not in {OFFER, AGREEMENT}:
        raise BadPolicy("不是 ODRL 的 Offer 或 Agreement。", "This is no ODRL offer or agreement.")
    if document.get("profile") not in {None, PROFILE} or document.get("conflict", "prohibit") != "prohibit":
        raise BadPolicy(
            "策略依据的规格或冲突规则不是本所的。", "The policy follows another profile or conflict strategy."
        )
    permission = _list(document.get("permission"))
    if len(permission) != 1 or not isinstance(permission[0], Mapping):
        raise BadPolicy("策略须有且只有一项许可。", "A policy has one permission.")
    only = permission[0]
    beyond = [*_beyond(document, _POLICY), *_beyond(only, _PERMISSION)]
    constraints = [_term(one) for one in _list(only.get("constraint"))]
    obligations = [_duty(one) for one in _list(document.get("obligation"))]
    price, owed = _price(_list(only.get("duty")))
    target = _text(only.get("target"))
    prohibitions = tuple(dict.fromkeys(_prohibited(one, target) for one in _list(document.get("prohibition"))))
    return Policy(
        kind=str(document["@type"]),
        uid=_text(document.get("uid")),
        assigner=_party(document.get("assigner")),
        assignee=_party(document["assignee"]) if document.get("assignee") is not None else None,
        target=target,
        action=_text(only.get("action")),
        constraints=(*constraints, *(Term(name, "unknown", ()) for name in beyond)),
        prohibitions=prohibitions,
        obligations=(*obligations, *owed),
        price=price,
    )


_POLICY = {
    "@context", "@type", "uid", "profile", "conflict", "assigner", "assignee", "permission", "prohibition", "obligation",
}  # fmt: skip
_PERMISSION = {"target", "action", "constraint", "duty"}
_PROHIBITION = {"target", "action"}
_DUTY = {"assigner", "assignee", "target", "action", "constraint"}
_CONSTRAINT = {"leftOperand", "operator", "rightOperand"}


def _beyond(one: Mapping[str, Any], names: set[str]) -> list[str]:
    """Names that this profile does not use: somebody meant something by them, so they stay, and refuse."""
    return sorted(str(name)[:100] for name in set(one) - names)


def _list(value: Any) -> list[Any]:
    """JSON-LD writes one thing alone without its list."""
    if value is None:
        return []
    found = value if isinstance(value, list) else [value]
    if len(found) > 100:
        raise BadPolicy("策略的条目过多。", "The policy has too many entries.")
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 200:
        raise BadPolicy(
            "策略缺少标识、对象或行为，或写法不对。", "An identifier, a target or an action lacks or is no text."
        )
    return value.removeprefix(ODRL).removeprefix("odrl:").replace(f"{PROFILE}:", "tq:") if ":" in value else value


def _party(value: Any) -> str:
    return _text(value).removeprefix(PARTIES).removeprefix("tq:")


def _value(value: Any) -> str:
    """One right operand as text. A number is written as it is counted."""
    if isinstance(value, Mapping):
        value = value.get("@value", value.get("@id"))
    if isinstance(value, bool) or not isinstance(value, str | int) or not 1 <= len(str(value)) <= 200:
        raise BadPolicy("约束的右操作数须为文本或整数。", "A right operand is a text or a whole number.")
    return str(value)


def _term(one: Any) -> Term:
    if not isinstance(one, Mapping):
        raise BadPolicy("约束须为对象。", "A constraint is an object.")
    if "leftOperand" not in one or set(one) - _CONSTRAINT:  # a logical constraint, a unit, a data type, …
        return Term("+".join(_beyond(one, _CONSTRAINT))[:200] or "constraint", "unknown", ())
    right = one.get("rightOperand")
    if isinstance(right, Mapping) and "@list" in right:
        right = right["@list"]
    return Term(_text(one["leftOperand"]), _text(one.get("operator")), tuple(_value(each) for each in _list(right)))


def _prohibited(one: Any, target: str) -> str:
    """What is forbidden of the same target. A prohibition with exceptions is one we do not know."""
    if not isinstance(one, Mapping):
        raise BadPolicy("禁止须为对象。", "A prohibition is an object.")
    if set(one) - _PROHIBITION or one.get("target", target) != target:
        return f"{_text(one.get('action'))} with terms"[:200]
    return _text(one.get("action"))


def _duty(one: Any) -> Duty:
    if not isinstance(one, Mapping):
        raise BadPolicy("义务须为对象。", "A duty is an object.")
    if set(one) - _DUTY:
        return Duty(f"{_text(one.get('action'))} with terms"[:200])
    return Duty(_text(one.get("action")), tuple(_term(each) for each in _list(one.get("constraint"))))


def _price(duties: Sequence[Any]) -> tuple[Price | None, list[Duty]]:
    """What is owed for the use, and duties of the permission that we do not know there."""
    price, owed = None, []
    for one in duties:
        found = _paid(one) if isinstance(one, Mapping) else None
        if found is None or price is not None:
            action = _text(one.get("action")) if isinstance(one, Mapping) else "duty"
            owed.append(Duty(f"{action} before use"[:200]))
        else:
            price = found
    return price, owed


def _paid(duty: Mapping[str, Any]) -> Price | None:
    if set(duty) != {"action", "constraint"} or duty["action"] != COMPENSATE:
        return None
    found = {}
    for one in _list(duty["constraint"]):
        if not isinstance(one, Mapping) or one.get("operator") != "eq":
            return None
        found[one.get("leftOperand")] = one
    amount = found.pop("payAmount", {})
    unit = found.pop("unitOfCount", None)
    if found or amount.get("unit") != CURRENCY or (unit is not None and unit.get("rightOperand") != "call"):
        return None
    whole, _, rest = _value(amount.get("rightOperand")).partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 10 and len(rest) <= 6):
        return None
    if rest and not (rest.isascii() and rest.isdigit()):
        return None
    return Price(int(whole) * MICRO + int(rest.ljust(6, "0") or 0), unit is not None)

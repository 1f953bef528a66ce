"""Every rule the house enforces, under the text it stands on: the plan's list of institutions, made from the code."""

from __future__ import annotations

from itertools import groupby

from tongqu.exchange.atlas.markdown import both, page, table
from tongqu.exchange.atlas.procedures import entries
from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import all_procedures
from tongqu.exchange.bedrock.rules import Rule, all_rules
from tongqu.exchange.bedrock.values import Words

_STRENGTHS = {"must": "必须 · must", "should": "应当 · should", "encouraged": "鼓励 · encouraged"}


def all_pages() -> str:
    """One page: a rule can be looked up by its name, and texts stand in the order of their keys."""
    used = _uses()
    chapters = [
        _chapter(law.instrument(key), list(rules), used)
        for key, rules in groupby(all_rules(), key=lambda rule: rule.cite.partition(":")[0])
    ]
    return page(
        "规则 · Rules",
        f"共 {len(all_rules())} 条。`must` 不符则不能办理；`should` 与 `encouraged` 只作提示。"
        "生效期前闭后开。标注“待核”或“本所设定”的，不作为法律表述。",
        f"{len(all_rules())} rules. A `must` that is not kept stops the act; the others advise. Periods are half-open. "
        "What carries a mark (to be checked, set by this exchange) is not stated as law.",
        *chapters,
    )


def _uses() -> dict[str, list[str]]:
    used: dict[str, list[str]] = {}
    for procedure in all_procedures():
        for entry in entries(procedure):
            for rule in entry.rules:
                used.setdefault(rule.name, []).append(
                    f"[{procedure.name}](procedures/{procedure.name}.md).{entry.name}"
                )
    return used


def _chapter(instrument: law.Instrument, rules: list[Rule], used: dict[str, list[str]]) -> str:
    mark = instrument.certainty.label
    head = f"## {both(instrument.name)}"
    about = f"{both(instrument.issuer.words)} {instrument.number}".strip() + (f"（{both(mark)}）" if mark else "")
    rows = [_row(rule, used.get(rule.name, [])) for rule in rules]
    return f"{head}\n\n{about}\n\n" + table(
        (
            "规则 · rule",
            "依据 · citation",
            "内容 · what it asks",
            "强度 · strength",
            "期间 · dates",
            "用于 · used by",
            "module",
        ),
        rows,
    )


def _row(rule: Rule, used: list[str]) -> tuple[object, ...]:
    place = rule.citation
    mark = f"（{both(place.label)}）" if place.label else ""
    module = rule.home.removeprefix("tongqu.exchange.")
    until = f"{rule.until}" if rule.until else ""
    return (
        f'<a id="{rule.name}"></a>`{rule.name}`', f"{_short(place)}{mark}", rule.words, _STRENGTHS[rule.strength],
        f"{rule.since} – {until}".strip(), "<br>".join(dict.fromkeys(used)), f"`{module}`",
    )  # fmt: skip


def _short(place: law.Citation) -> str:
    """The place without its instrument, which stands above."""
    name = place.instrument.name
    inside = Words(place.words.zh.removeprefix(name.zh), place.words.en.removeprefix(name.en).removeprefix(", "))
    return both(inside) if inside.zh else both(name)

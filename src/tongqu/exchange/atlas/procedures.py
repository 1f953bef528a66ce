"""One procedure as a page: its picture, its states, its acts with who and on what basis, its clocks."""

from __future__ import annotations

from typing import Any

from tongqu.exchange.atlas.markdown import both, codes, mermaid, page, table
from tongqu.exchange.bedrock import law, procedures
from tongqu.exchange.bedrock.inputs import Inputs
from tongqu.exchange.bedrock.procedures import Act, Begin, Clock, Procedure
from tongqu.exchange.bedrock.values import Words

_UNITS = {
    "working_days": Words("个工作日", "working days"),
    "after_workdays": Words("个工作日届满后首个工作日", "working days, then the first working day after"),
    "natural_days": Words("日", "natural days"),
    "months": Words("个月", "months"),
}


def page_of(procedure: Procedure) -> str:
    basis = f"依据 · basis：{_cited(procedure.cite)}" if procedure.cite else ""
    return page(
        f"{both(procedure.words)}（`{procedure.name}`）",
        f"{basis}\n\n对象 · subject：`{procedure.model}`。{_seen(procedure)}".strip(),
        mermaid(procedures.mermaid(procedure)),
        "## 状态 · States",
        table(("state", "名称 · name", ""), [_state(procedure, state) for state in _ordered(procedure)]),
        "## 办理 · Acts",
        table(
            (
                "act",
                "名称 · name",
                "从 · from",
                "到 · to",
                "谁 · by",
                "依据与规则 · basis and rules",
                "填报 · asks for",
            ),
            [_row(procedure, entry) for entry in entries(procedure)],
        ),
        *_clocks(procedure),
        "`*` 必填 · required. ⚿ 须当场验证第二因素 · the second factor is shown anew.",
    )


def entries(procedure: Procedure) -> list[Act | Begin]:
    """How a subject begins, and every act after."""
    return [procedure.begins, *procedure.also, *procedure.acts]


def _cited(key: str | None) -> str:
    return f"{both(law.cite(key).full)}" if key else ""


def _seen(procedure: Procedure) -> str:
    said = []
    if procedure.seen_by:
        said.append("可见 · also seen by：" + "，".join(both(office.words) for office in procedure.seen_by) + "。")
    if procedure.held_by:
        said.append("可冻结 · may be held by：" + "，".join(both(office.words) for office in procedure.held_by) + "。")
    return "\n".join(said)


def _ordered(procedure: Procedure) -> list[str]:
    return [*procedure.way, *sorted(procedure.states - set(procedure.way))]


def _state(procedure: Procedure, state: str) -> tuple[object, ...]:
    marks = [Words("开始", "start")] if state == procedure.starts else []
    marks += [Words("终点", "end")] if state in procedure.ends else []
    return f"`{state}`", procedure.label(state), "，".join(both(mark) for mark in marks)


def _row(procedure: Procedure, entry: Act | Begin) -> tuple[object, ...]:
    basis = [_cited(entry.cite)] if entry.cite else []
    basis += [f"[{rule.name}](../rules.md#{rule.name})" for rule in entry.rules]
    if isinstance(entry, Act) and entry.extends:
        basis.append(f"延长 · extends `{entry.extends}`")
    return (
        f"`{entry.name}`" + (" ⚿" if entry.second_factor else ""),
        procedure.label(entry.name),
        codes(entry.frm) if isinstance(entry, Act) else "",
        (f"`{entry.to}`" if entry.to else "—") if isinstance(entry, Act) else f"`{entry.starts or procedure.starts}`",
        "；".join(both(place.words) for place in entry.by),
        "<br>".join(basis),
        _asked(entry.asks),
    )


def _asked(model: type[Inputs]) -> str:
    return "；".join(_question(name, field) for name, field in model.model_fields.items())


def _question(name: str, field: Any) -> str:
    words = Words(field.title or name, field.description or name)
    return f"{words.zh} `{name}`" + ("*" if field.is_required() else "")


def _clocks(procedure: Procedure) -> list[str]:
    if not procedure.clocks:
        return []
    head = ("clock", "名称 · name", "时长 · length", "计时状态 · runs in", "届满 · at its end", "依据 · basis")
    return ["## 时限 · Clocks", table(head, [_clock(procedure, clock) for clock in procedure.clocks])]


def _clock(procedure: Procedure, clock: Clock) -> tuple[object, ...]:
    end = f"`{clock.then}` {both(procedure.label(clock.then))}" if clock.then else "告警 · an alarm"
    if clock.most:
        end += f"<br>可延长一次，至多 · extended once, at most {_length(clock.most)}"
    afresh = "<br>每次进入重新起算 · starts anew at each entry" if clock.afresh else ""
    return (
        f"`{clock.name}`",
        clock.words,
        _length(clock.length),
        codes(sorted(clock.runs_in)) + afresh,
        end,
        _cited(clock.cite),
    )


def _length(length: Any) -> str:
    if length.unit == "until":
        return f"至 · until `{length.column}`"
    unit = both(_UNITS[length.unit])
    if length.figure:
        return f"[`{length.figure}`](../figures.md) {unit}"
    return f"{length.fixed if length.fixed is not None else f'`{length.column}`'} {unit}"

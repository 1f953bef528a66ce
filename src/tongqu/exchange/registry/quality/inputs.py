"""What a holder states about its data: rules, each of one kind, in the words of a form. No Django."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.wire.measures import DAY, RULES_MAX, QualityRule
from tongqu.wire.message import BadMessage


class Check(Choice):
    REQUIRED = "required", "完整性：必填", "Completeness: filled"
    FORM = "form", "规范性：符合已知格式", "Conformity: a known form"
    EXPRESSION = "expression", "规范性：符合正则表达式", "Conformity: an expression"
    CODES = "codes", "规范性：属于代码表", "Conformity: one of a list"
    RANGE = "range", "准确性：在值域之内", "Accuracy: within a range"
    UNIQUE = "unique", "准确性：不重复", "Accuracy: not repeated"
    ORDER = "order", "一致性：前一列不大于后一列", "Consistency: the first column is not after the second"
    FRESH = "fresh", "时效性：最近一期已更新", "Timeliness: the newest day is within a cycle"
    GAPLESS = "gapless", "时效性：各期不缺", "Timeliness: no period is missing"


class Form(Choice):
    ID_CARD = "id_card", "公民身份号码", "Identity number"
    CREDIT_CODE = "credit_code", "统一社会信用代码", "Unified social credit code"
    MOBILE = "mobile", "手机号码", "Mobile number"
    PHONE = "phone", "固定电话", "Telephone"
    BANK_CARD = "bank_card", "银行卡号", "Bank card"
    PLATE = "plate", "机动车号牌", "Number plate"
    EMAIL = "email", "电子邮箱", "E-mail address"
    ADDRESS = "address", "地址", "Address"
    PERSON_NAME = "person_name", "人名", "Name of a person"
    PASSPORT = "passport", "护照号码", "Passport"
    IP = "ip", "IP 地址", "IP address"


class Cycle(Choice):
    DAY = "day", "每日", "Day"
    WEEK = "week", "每周", "Week"
    MONTH = "month", "每月", "Month"
    QUARTER = "quarter", "每季", "Quarter"
    YEAR = "year", "每年", "Year"


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


OptionalForm = Annotated[Form | None, BeforeValidator(_blank_is_none)]
OptionalCycle = Annotated[Cycle | None, BeforeValidator(_blank_is_none)]
CODES_SHOWN = 6
BOUND = r"^(-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?|[0-9]{4}-[0-9]{2}-[0-9]{2})?$"


class Rule(Inputs):
    """One rule. Which of the further questions are answered depends on its kind."""

    check: Check = ask("规则", "Rule")
    column: str = ask("列", "Column", min_length=1, max_length=200)
    others: list[str] = ask(
        "其余各列", "Further columns", widget="elements", default_factory=list, max_length=7, when=("check", ["unique", "order"]),
        hint=Words("不重复：与本列合为一键的列；先后：后一列", "not repeated: together with these; order: the second column"),
    )  # fmt: skip
    form: OptionalForm = ask("已知格式", "Known form", default=None, when=("check", ["form"]))
    expression: str = ask(
        "正则表达式", "Expression", default="", max_length=200, when=("check", ["expression"]),
        hint=Words("整格符合，RE2 语法", "the whole cell, RE2 syntax"),
    )  # fmt: skip
    values: list[str] = ask(
        "代码表", "List of codes", widget="lines", default_factory=list, max_length=2_000, when=("check", ["codes"])
    )
    low: str = ask(
        "下限", "From", default="", pattern=BOUND, when=("check", ["range"]),
        hint=Words("数，或如 2020-01-31 的日期；含本数", "a number, or a day such as 2020-01-31; included"),
    )  # fmt: skip
    high: str = ask("上限", "To", default="", pattern=BOUND, when=("check", ["range"]))
    cycle: OptionalCycle = ask("更新周期", "Update cycle", default=None, when=("check", ["fresh", "gapless"]))

    @model_validator(mode="after")
    def _bounds_fit(self) -> Rule:
        told = [bound for bound in (self.low, self.high) if bound]
        days = [bound for bound in told if re.fullmatch(DAY, bound)]
        try:
            for day in days:
                date.fromisoformat(day)
        except ValueError:
            raise WordsError("上下限中有不存在的日期", "a bound is no day of the calendar") from None
        if len(days) not in (0, len(told)):
            raise WordsError("上下限须同为数或同为日期", "bounds are both numbers, or both days")
        if len(told) == 2 and (self.low > self.high if days else Decimal(self.low) > Decimal(self.high)):
            raise WordsError("下限不得大于上限", "the lower bound is above the upper one")
        return self

    @model_validator(mode="after")
    def _fits(self) -> Rule:
        try:
            QualityRule.from_json(self.message(1).to_json())
        except BadMessage as bad:
            lacking = {_ASKED.get(fault.path.split(".")[1].split("[")[0], _ASKED["columns"]) for fault in bad.faults}
            names = sorted(lacking, key=lambda words: words.zh)
            raise WordsError(
                f"这一规则的下列内容缺少或多余：{'、'.join(words.zh for words in names)}",
                f"for this kind of rule these are missing or too much: {', '.join(words.en for words in names)}",
            ) from bad
        return self

    @classmethod
    def in_words(cls, line: Mapping[str, Any]) -> Words | None:
        """A line of the form read back as a sentence; None while it makes no rule."""
        try:
            return said(cls.model_validate(dict(line)).plain())
        except ValidationError:
            return None

    def message(self, number: int) -> QualityRule:
        """As the node is asked."""
        return QualityRule(
            id=f"r{number}",
            check=self.check.value,
            columns=(self.column, *self.others),
            form=self.form.value if self.form else None,
            expression=self.expression or None,
            values=tuple(self.values),
            low=self.low or None,
            high=self.high or None,
            cycle=self.cycle.value if self.cycle else None,
        )


_ASKED = {
    "columns": Words("列", "columns"),
    "form": Words("已知格式", "known form"),
    "expression": Words("正则表达式", "expression"),
    "values": Words("代码表", "list of codes"),
    "low": Words("上下限", "bounds"),
    "high": Words("上下限", "bounds"),
    "cycle": Words("更新周期", "update cycle"),
}


class Ask(Inputs):
    """Have a resource checked against its rules."""

    resource: int = ask("数据资源", "Resource", widget="resource", ge=1)
    rules: list[Rule] = ask(
        "质量规则", "Rules", widget="rows", min_length=1, max_length=RULES_MAX,
        hint=Words("没有规则的指标不评分", "An indicator without a rule is not measured"),
    )  # fmt: skip
    fewer: bool = ask(
        "确认不再检查省去的规则", "Leave out rules that were checked before", default=False,
        hint=Words(
            "本次省去现行测量已检查的规则时勾选；公开页面仍列各项指标最近一次得分",
            "where this check leaves out rules of the one that stands; the public page keeps each indicator's last score",
        ),
    )  # fmt: skip


class Examined(Inputs):
    """By which measurement the check stands: the digest of the node's answer."""

    measurement: str = Field(pattern=r"^[0-9a-f]{64}$", title="测量结果摘要", description="Digest of the measurement")


class Unexamined(Inputs):
    fault: str = ask("原因", "Reason", min_length=1, max_length=100)


def said(rule: Mapping[str, Any]) -> Words:
    """A stated rule as a sentence that a steward can read back."""
    check, column = Check(rule["check"]), str(rule["column"])
    others = [str(one) for one in rule.get("others") or ()]
    every = [column, *others]
    form = Form(rule["form"]).words if rule.get("form") else Words("", "")
    cycle = Cycle(rule["cycle"]).words if rule.get("cycle") else Words("", "")
    codes = [str(one) for one in rule.get("values") or ()]
    match check:
        case Check.REQUIRED:
            return Words(f"“{column}”每行都填写", f"“{column}” is filled in every row")
        case Check.FORM:
            return Words(f"“{column}”符合{form.zh}的格式", f"“{column}” has the form of: {form.en}")
        case Check.EXPRESSION:
            told = rule.get("expression", "")
            return Words(f"“{column}”整格符合表达式 {told}", f"“{column}” as a whole fits the expression {told}")
        case Check.CODES:
            shown = codes[:CODES_SHOWN]
            zh = "、".join(shown) + (f" 等 {len(codes)} 项" if len(codes) > len(shown) else "")
            en = ", ".join(shown) + (f" … of {len(codes)}" if len(codes) > len(shown) else "")
            return Words(f"“{column}”取自代码表：{zh}", f"“{column}” is one of: {en}")
        case Check.RANGE:
            low, high = rule.get("low") or "", rule.get("high") or ""
            zh = f"在 {low} 至 {high} 之间" if low and high else f"不小于 {low}" if low else f"不大于 {high}"
            en = f"from {low} to {high}" if low and high else f"{low} or more" if low else f"{high} or less"
            return Words(f"“{column}”{zh}（含本数）", f"“{column}” is {en}, bounds included")
        case Check.UNIQUE:
            return Words(
                f"“{'、'.join(every)}”{'合在一起' if others else ''}不重复",
                f"“{', '.join(every)}” {'together are' if others else 'is'} not repeated",
            )
        case Check.ORDER:
            second = others[0] if others else "…"
            return Words(f"“{column}”不晚于（不大于）“{second}”", f"“{column}” is not after (greater than) “{second}”")
        case Check.FRESH:
            return Words(
                f"“{column}”最近一期在{cycle.zh}更新之内",
                f"the newest day in “{column}” is within one {cycle.en.lower()}",
            )
        case Check.GAPLESS:
            return Words(
                f"“{column}”{cycle.zh}都有记录，不缺期（至今日）",
                f"“{column}” has a row for every {cycle.en.lower()} up to today",
            )
    raise ValueError(check)


def left_out(before: Iterable[Mapping[str, Any]], now: Iterable[Mapping[str, Any]]) -> tuple[Words, ...]:
    """Rules that were checked before and are not any more; one of the same kind and columns takes another's place."""

    def looks_at(rule: Mapping[str, Any]) -> tuple[str, ...]:
        return (str(rule["check"]), str(rule["column"]), *map(str, rule.get("others") or ()))

    kept = {looks_at(rule) for rule in now}
    return tuple(said(rule) for rule in before if looks_at(rule) not in kept)

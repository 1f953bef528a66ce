"""What a holder states about its data: rules, each of one kind, in the words of a form. No Django."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.wire.measures import RULES_MAX, QualityRule
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
BOUND = r"^(-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?|[0-9]{4}-[0-9]{2}-[0-9]{2})?$"


class Rule(Inputs):
    """One rule. Which of the further questions are answered depends on its kind."""

    check: Check = ask("规则", "Rule")
    column: str = ask("列", "Column", min_length=1, max_length=200)
    others: list[str] = ask(
        "其余各列", "Further columns", widget="lines", default_factory=list, max_length=7,
        hint=Words("不重复：与本列合为一键；先后：后一列", "not repeated: together with these; order: the second column"),
    )  # fmt: skip
    form: OptionalForm = ask("已知格式", "Known form", default=None)
    expression: str = ask(
        "正则表达式", "Expression", default="", max_length=200,
        hint=Words("整格符合，RE2 语法", "the whole cell, RE2 syntax"),
    )  # fmt: skip
    values: list[str] = ask("代码表", "List of codes", widget="lines", default_factory=list, max_length=2_000)
    low: str = ask(
        "下限", "From", default="", pattern=BOUND,
        hint=Words("数，或如 2020-01-31 的日期；含本数", "a number, or a day such as 2020-01-31; included"),
    )  # fmt: skip
    high: str = ask("上限", "To", default="", pattern=BOUND)
    cycle: OptionalCycle = ask("更新周期", "Update cycle", default=None)

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


class Examined(Inputs):
    """By which measurement the check stands: the digest of the node's answer."""

    measurement: str = Field(pattern=r"^[0-9a-f]{64}$", title="测量结果摘要", description="Digest of the measurement")


class Unexamined(Inputs):
    fault: str = ask("原因", "Reason", min_length=1, max_length=100)


def said(rule: dict[str, Any]) -> Words:
    """A stated rule in one line."""
    check = Check(rule["check"]).words
    columns = "、".join([rule["column"], *rule.get("others", [])])
    more = {
        "form": Form(rule["form"]).words if rule.get("form") else None,
        "expression": Words(rule["expression"], rule["expression"]) if rule.get("expression") else None,
        "values": Words(f"{len(rule['values'])} 项", f"{len(rule['values'])} codes") if rule.get("values") else None,
        "range": Words(*[f"{rule.get('low') or '…'} – {rule.get('high') or '…'}"] * 2)
        if rule.get("low") or rule.get("high")
        else None,
        "cycle": Cycle(rule["cycle"]).words if rule.get("cycle") else None,
    }
    told = [words for words in more.values() if words is not None]
    return Words(
        f"{check.zh}（{'；'.join([columns, *[w.zh for w in told]])}）",
        f"{check.en} ({'; '.join([columns, *[w.en for w in told]])})",
    )

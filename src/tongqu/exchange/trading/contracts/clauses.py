"""The signed text in words: its clauses as headed paragraphs, made from the text alone, for paper and page alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.trading import negotiation
from tongqu.exchange.trading.listings import DECLARED_USE, Charge, DataClass, Mode, Personal


@dataclass(frozen=True)
class Clause:
    """One clause: its heading, what it fixes as pairs of words, and its sentences."""

    title: Words
    rows: Sequence[tuple[Words, Words]] = ()
    lines: Sequence[Words] = ()


def preamble(text: Mapping[str, Any]) -> list[Words]:
    """Which model the clauses follow and whose numbers they bear, and whether the parties are of one group."""
    mark = text.get("template_mark")
    zh = f"条款结构与编号参照示范文本 {text['template']}（数据提供合同），未采用的条款号空缺"
    en = (
        f"The clauses follow the structure and the numbers of the model contract {text['template']}; "
        "numbers not used are left out; its use is voluntary"
    )
    said = [Words(f"{zh}；{mark['zh']}。", f"{en}; {mark['en']}.") if mark else Words(f"{zh}。", f"{en}.")]
    if text["related_parties"]:
        said.append(
            Words(
                "双方属于同一关联组，本合同已作关联交易标注。",
                "The parties are of one group; this deal is flagged as related.",
            )
        )
    return said


def clauses(text: Mapping[str, Any]) -> list[Clause]:
    """The numbers are those of the model contract, as far as secondary sources name them."""
    found = text["clauses"]
    data, delivery, price, accepted = (found[key] for key in ("1-data", "5-delivery", "6-price", "7-acceptance"))
    days = accepted["inspection_days"]
    made = [
        Clause(Words("1　标的数据", "1  The data"), rows=_data(data)),
        Clause(Words("2　数据产权安排", "2  Rights in the data"), lines=[Words(
            "买方取得约定范围内的使用权；持有权、使用权、经营权仍归提供方，不得转授。",
            "The consumer may use within what is agreed; to hold, use and operate stays with the provider; no onward grant.",
        )]),
        Clause(Words("5　交付与使用策略", "5  Delivery and usage policy"), rows=_delivery(delivery),
               lines=negotiation.sentences(negotiation.agreed(text).terms)),
        Clause(Words("6　价款", "6  Price"), rows=_price(price)),
        Clause(Words("7　验收", "7  Acceptance"), rows=[
            (Words("检验期", "Inspection"), Words(f"{days} 日", f"{days} days"))
        ], lines=[Words(
            "检验期内可以书面异议；使用不等于验收合格；期满未异议的视为验收。",
            "Objections in the inspection period; using is not accepting; silence at its end accepts.",
        )]),
    ]  # fmt: skip
    if "8-protection" in found:
        made.append(
            Clause(Words("8　安全保护义务", "8  Duties of protection"), lines=_protection(found["8-protection"]))
        )
    if text.get("note"):
        made.append(Clause(Words("补充约定", "Note agreed"), lines=[Words(text["note"], text["note"])]))
    made.append(Clause(Words("场内交易依据", "Why on the exchange"), lines=[_venue(one) for one in text["venue"]]))
    return made


def _data(data: Mapping[str, Any]) -> list[tuple[Words, Words]]:
    return [
        (Words("产品", "Product"), _same(data["name"])),
        (Words("交付方式", "Delivery"), Mode(data["mode"]).words),
        (
            Words("产权登记", "Registered right"),
            _same(data["registration"]) if data["registration"] else Words("无", "none"),
        ),
        (Words("数据分级", "Data class"), DataClass(data["data_class"]).words),
        (Words("个人信息", "Personal information"), Personal(data["personal"]).words),
        (Words("来源", "Source"), _same(data["source"])),
    ]


def _delivery(delivery: Mapping[str, Any]) -> list[tuple[Words, Words]]:
    return [(DECLARED_USE[Mode(delivery["mode"])], _same(delivery["question"]))] if delivery["question"] else []


def _price(price: Mapping[str, Any]) -> list[tuple[Words, Words]]:
    charge = Charge(price.get("charge", "asked"))
    unit = charge.unit
    if price["kind"] == "call":
        amount = negotiation.micro_yuan(price["micro_yuan_per_call"])
        each = (Words("单价", "Unit price"), Words(f"每{unit.zh} {amount}", f"{amount} a {unit.en}"))
    else:
        each = (Words("总价", "Fixed price"), _same(yuan(price["fixed_fen"])))
    return [
        each,
        *([] if charge is Charge.ASKED else [(Words("计费单位", "What is counted"), charge.words)]),
        (Words("总额上限", "At most"), _same(yuan(price["at_most_fen"]))),
        (Words("定价依据", "Basis"), _same(price["basis"])),
    ]


def _protection(clause: Mapping[str, Any]) -> list[Words]:
    cited = law.cite(clause["cite"]).words
    years = clause["records_kept_years"]
    return [
        Words(f"{clause['receiver_protects']}（{cited.zh}）。", f"{clause['receiver_protects_en']} ({cited.en})."),
        Words(f"{clause['provider_supervises']}。", f"{clause['provider_supervises_en']}."),
        Words(f"处理情况记录至少保存 {years} 年。", f"Records of the handling are kept for {years} years at least."),
    ]


def _venue(one: Mapping[str, Any]) -> Words:
    cited, mark = law.cite(one["cite"]).words, one["mark"]
    zh, en = f"{one['zh']}（{cited.zh}）", f"{one['en']} ({cited.en})"
    return Words(f"{zh}　〔{mark['zh']}〕", f"{en} [{mark['en']}]") if mark else Words(zh, en)


def _same(text: str) -> Words:
    return Words(text, text)

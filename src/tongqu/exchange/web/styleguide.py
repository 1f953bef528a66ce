"""Every component on one page, with invented figures. Served only in DEBUG, and drawn by the browser tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tongqu.exchange.bedrock.inputs import Choice, Inputs, OptionalPaper, Paper, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.web.components import (
    Cell,
    Chart,
    ClockFace,
    Column,
    Empty,
    Line,
    Obstacle,
    Page,
    Pair,
    Series,
    Step,
    Table,
)
from tongqu.exchange.web.diagram import Diagram, Edge, marked
from tongqu.exchange.web.fields import fields_of
from tongqu.exchange.web.nav import Link

NOW = datetime(2026, 11, 23, 8, 42, tzinfo=UTC)
NAME = Words("2018年某钢铁企业15分钟级用电量表格数据", "Electricity use of a steel works in 15-minute steps, 2018")


class Mode(Choice):
    VERIFICATION = "verification", "核验", "Verification"
    DATASET = "dataset", "数据集", "Data set"


class Purpose(Choice):
    LENDING = "lending", "贷前核验", "Checks before lending"
    RISK = "risk", "风险管理", "Risk management"
    RESEARCH = "research", "科学研究", "Research"
    PUBLIC = "public", "公共服务", "Public service"
    PLANNING = "planning", "规划", "Planning"


class Offer(Inputs):
    title: str = ask("产品名称", "Name of the product", max_length=60)
    summary: str = ask(
        "概述",
        "Summary",
        widget="textarea",
        hint=Words("200 字以内，写给买方看。", "At most 200 characters, for buyers."),
        max_length=200,
    )
    mode: Mode = ask("交付方式", "How it is delivered")
    purposes: list[Purpose] = ask("许可用途", "Permitted purposes", min_length=1)
    price: int = ask("单价", "Price per call", unit="micro_yuan", ge=0)
    period: int = ask("期限", "Period", unit="day", ge=1, le=3650)
    from_date: date | None = ask("起始日", "From", default=None)
    source: Paper = ask("来源证明", "Evidence of the source", widget="paper")
    annex: OptionalPaper = ask("附件", "Annex", widget="paper", default=None)
    standing: bool = ask("按公布价格自动同意", "Agree at the published price without asking", default=False)


STATES: list[tuple[str, Words, bool]] = [
    ("applied", Words("已申请", "Applied"), False),
    ("accepted", Words("已受理", "Accepted"), False),
    ("reviewing", Words("审查中", "Under review"), False),
    ("publicity", Words("公示中", "In publicity"), False),
    ("registered", Words("已登记", "Registered"), False),
    ("supplement", Words("待补正", "Awaiting supplement"), False),
    ("objection", Words("异议调查", "Objection investigated"), False),
    ("not_applied", Words("视为未申请", "Deemed not applied"), True),
    ("refused", Words("不予登记", "Refused"), True),
    ("lapsed", Words("已失效", "Lapsed"), True),
]
EDGES = [
    Edge("applied", "accepted", Words("受理 / 到期视为受理", "accept / silence accepts")),
    Edge("accepted", "reviewing", Words("开始审查", "start review")),
    Edge("reviewing", "publicity", Words("通过", "pass")),
    Edge("publicity", "registered", Words("公示期满", "period ends")),
    Edge("reviewing", "supplement", Words("要求补正", "ask for supplement")),
    Edge("supplement", "reviewing", Words("补正", "supplement")),
    Edge("supplement", "not_applied", Words("逾期", "too late")),
    Edge("publicity", "objection", Words("提出异议", "object")),
    Edge("objection", "publicity", Words("异议不成立", "objection fails")),
    Edge("objection", "refused", Words("异议成立", "objection upheld")),
    Edge("reviewing", "refused", Words("不予登记", "refuse")),
    Edge("registered", "lapsed", Words("期满", "expire")),
]
WAY = ("applied", "accepted", "reviewing", "publicity", "registered")
LONG_WAY = tuple(f"s{n}" for n in range(1, 9))
LONG_WORDS = ("申请", "受理", "审查", "公示", "登记", "上架", "成交", "结算")
LONG_EN = ("Applied", "Accepted", "Reviewed", "Published", "Registered", "Listed", "Traded", "Settled")


def long_diagram() -> Diagram:
    states = [(s, Words(zh, en), False) for s, zh, en in zip(LONG_WAY, LONG_WORDS, LONG_EN, strict=True)]
    states += [("hold", Words("冻结", "On hold"), False), ("out", Words("退出", "Left"), True)]
    pairs = [*pairwise(LONG_WAY), ("s6", "hold"), ("hold", "s6"), ("s7", "out"), ("hold", "out")]
    return Diagram(
        marked(states, LONG_WAY, now="s7", passed=LONG_WAY[:5]),
        [Edge(a, b, walked=(a, b) in pairs[:4]) for a, b in pairs],
        LONG_WAY,
        Words("从申请到结算", "From application to settlement"),
    )


def parts() -> dict[str, Any]:
    day = timedelta(days=1)
    return {
        "now": NOW,
        "nav": [
            Link("#", w, i == 1)
            for i, w in enumerate(
                (
                    Words("待办", "Desk"),
                    Words("登记", "Registrations"),
                    Words("产品", "Products"),
                    Words("交易", "Trades"),
                    Words("资金", "Money"),
                    Words("统计", "Figures"),
                )
            )
        ],
        "name": NAME,
        "crumbs": [
            (Words("待办", "Desk"), "#"),
            (Words("产权登记", "Registration of rights"), "#"),
            (Words("初次", "First"), ""),
        ],
        "steps": [
            Step(Words("申请", "Applied"), "done", "11-12"),
            Step(Words("受理", "Accepted"), "done", "11-13"),
            Step(Words("审查", "Review"), "now", Words("进行中", "under way")),
            Step(Words("公示", "Publicity"), "todo", Words("5 个工作日", "5 working days")),
            Step(Words("存证", "Evidence")),
            Step(Words("核发凭证", "Certificate")),
        ],
        "clocks": [
            ClockFace(
                Words("办结", "To complete"),
                Words("还有 4 个工作日", "4 working days left"),
                date(2026, 11, 27),
                Words("已用 6 日", "6 used"),
                Words("补正、公示、异议不计", "Supplement, publicity and objection do not count"),
                "",
                Words("指引 第28条", "Guidelines, art. 28"),
            ),
            ClockFace(
                Words("受理", "To accept"),
                Words("已超过 1 个工作日", "1 working day over"),
                date(2026, 11, 20),
                "",
                "",
                Words("不答复视为受理", "Silence is acceptance"),
                Words("指引 第17条", "Guidelines, art. 17"),
                "late",
            ),
            ClockFace(
                Words("可延长一次", "May be extended once"),
                Words("不超过 10 个工作日，须说明理由", "At most 10 working days, with a reason"),
                mood="calm",
            ),
        ],
        "lines": [
            Line(
                NOW - 10 * day,
                Words("受理。材料齐全", "Accepted. The papers are complete"),
                Words("审查员（登记机构）", "reviewer (registrar)"),
                position=48102,
                href="#",
            ),
            Line(
                NOW - 11 * day,
                Words("补齐来源说明（附件 2）", "Source statement supplied (annex 2)"),
                Words("示例钢铁 经办人", "Demo Steel, clerk"),
                position=48077,
                href="#",
            ),
            Line(
                NOW - 11 * day,
                Words("提交申请，声明来源合法", "Applied, and declared the source lawful"),
                Words("示例钢铁 经办人", "Demo Steel, clerk"),
                position=None,
            ),
        ],
        "pairs": [
            Pair(Words("申请人", "Applicant"), Words("示例钢铁有限公司", "Demo Steel Ltd")),
            Pair(Words("统一社会信用代码", "Credit code"), "91420100MA4KXXXX0A", mono=True),
            Pair(Words("申请表", "Application form"), "初次登记申请表.pdf", href="#"),
            Pair(Words("节点", "Node"), Words("在线", "online"), tag="ok"),
            Pair(Words("登记日", "Registered on"), date(2026, 11, 23)),
            Pair(Words("备注", "Remark"), None),
        ],
        "obstacles": [
            Obstacle(
                Words(
                    "余额不足：需要 ¥ 15,000.00，可用 ¥ 3,210.50。",
                    "Not enough money: ¥ 15,000.00 needed, ¥ 3,210.50 available.",
                ),
                Words("交易规则 第12条", "Trading rules, art. 12"),
                Words("先充值，再提交。", "Deposit first, then send again."),
                "#",
                Words("去充值", "Deposit"),
            ),
            Obstacle(
                Words("这一步等于签名，需要第二重验证。", "This step is a signature and needs your second factor."),
                "",
                Words("启用动态验证码后继续。", "Turn on the authenticator and go on."),
                "#",
            ),
        ],
        "table": table(),
        "empty": Empty(
            Words("没有待办", "Nothing to do"),
            Words("轮到本单位办理的事项会按到期日列在这里。", "Matters that wait for you will stand here by deadline."),
            "#",
            Words("看全部登记", "All registrations"),
        ),
        "counts": {
            "420100": 1284,
            "420500": 512,
            "420600": 498,
            "421000": 264,
            "421100": 233,
            "420200": 231,
            "420900": 205,
            "420300": 187,
            "420800": 143,
            "422800": 134,
            "421200": 121,
            "420700": 96,
            "421300": 88,
            "429004": 52,
            "429005": 47,
            "429006": 41,
        },
        "fields": fields_of(
            Offer,
            {"title": NAME.zh, "price": 300_000, "purposes": ["lending"]},
            [("summary", Words("必须填写", "is required"))],
        ),
        "diagram": Diagram(
            marked(STATES, WAY, now="reviewing", passed=WAY[:2]),
            EDGES,
            WAY,
            Words("产权登记的流程", "The procedure of registration"),
        ),
        "long_diagram": long_diagram(),
        "digest": "9f3c5d0b7a1e4c88b2f6d3a90c7e15f4a8b6c2d1e0f9384756a1b2c3d4e5e07a",
        "chart": Chart(
            "calls",
            Words("近 12 个月计量调用", "Metered calls, last 12 months"),
            [f"{m}月" for m in range(1, 13)],
            [Series(Words("调用", "calls"), [31, 28, 40, 44, 39, 52, 61, 58, 66, 70, 74, 81])],
            unit=Words("万次", "10,000 calls"),
        ),
        "lines_chart": Chart(
            "money",
            Words("成交与托管", "Deals and money held"),
            [f"{m}月" for m in range(1, 13)],
            [
                Series(Words("成交", "deals"), [12, 18, 17, 22, 25, 31, 28, 35, 38, 41, 44, 48]),
                Series(Words("托管", "held"), [8, 9, 12, 11, 15, 16, 19, 18, 21, 20, 24, 23]),
            ],
            kind="line",
            unit=Words("万元", "¥ 10,000"),
        ),
        "far": date(2025, 3, 1),
        "soon": date(2026, 11, 27),
    }


def table() -> Table:
    def row(due: str, tone: Any, what: Words, which: Words, who: Words, todo: Words, article: str) -> list[Any]:
        return [
            Cell(what, sub=which, href="#"),
            Cell(due, tag=tone),
            who,
            todo,
            Cell(article, cite=True),
            Cell("¥ 1,234.56"),
        ]

    return Table(
        columns=[
            Column(Words("事项", "Matter")),
            Column(Words("到期", "Due")),
            Column(Words("当事人", "Parties"), phone=False),
            Column(Words("要做什么", "What to do")),
            Column(Words("依据", "Ground"), phone=False),
            Column(Words("金额", "Amount"), num=True, phone=False),
        ],
        rows=[
            row(
                "今天 17:30",
                "bad",
                Words("产权登记 2026-000309", "Registration 2026-000309"),
                Words("2026年武汉市充电站分布表格数据", "Charging stations in Wuhan, 2026"),
                Words("示例能源", "Demo Energy"),
                Words("受理或一次告知补正", "Accept, or ask once for supplements"),
                "指引 第17条",
            ),
            row(
                "3 个工作日",
                "due",
                Words("公共数据登记 2026-000044", "Public data 2026-000044"),
                Words("湖北省分市州疫情逐日数据", "Epidemic data by division and day"),
                Words("示例卫健部门", "Demo Health Department"),
                Words("形式审核", "Formal review"),
                "办法 第11条",
            ),
            row(
                "12月4日",
                "",
                Words("产权登记 2026-000317", "Registration 2026-000317"),
                NAME,
                Words("示例钢铁", "Demo Steel"),
                Words("完成审查", "Finish the review"),
                "指引 第28条",
            ),
        ],
        totals=[Words("合计 3 件", "3 in all"), "", "", "", "", "¥ 3,703.68"],
        page=Page(3, 20, 230),
        empty=Empty(Words("没有待办", "Nothing to do")),
    )


def styleguide(request: HttpRequest) -> HttpResponse:
    return render(request, "web/styleguide.html", parts())

"""The sheets of a survey, of an answer to it, and of an entry of the supply list."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.parties import divisions, industries
from tongqu.exchange.registry import catalogue, survey
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.survey import SUPPLY_ENTRY, SURVEY, SURVEY_ANSWER
from tongqu.exchange.web.components import Cell, Column, Label, Pair, Table, Tone
from tongqu.exchange.web.desks.clockfaces import shown_end
from tongqu.exchange.web.desks.parts import Part, Reading, Row, Sheet
from tongqu.exchange.web.desks.wording import joined, pairs_of, plain, words_of

DATA_SET = ("description", "kind", "records", "size_megabytes", "cycle", "personal", "willing", "public")


def survey_sheet(row: Any, reading: Reading) -> Sheet:
    """Whom it asks, and how many have answered, by city."""
    pairs = campaign_pairs(survey.survey(row.pk), reading)
    if row.state in {"drafted", "dropped"}:
        return Sheet(pairs=pairs)
    counted = survey.statistics(row.pk)
    share = f"{100 * counted.answered / counted.asked:.1f}%" if counted.asked else "—"
    numbers = [
        Pair(Words("已发单位", "Asked"), f"{counted.asked:,}"),
        Pair(Words("已答复", "Answered"), f"{counted.answered:,}"),
        Pair(Words("答复率", "Share"), share),
        Pair(Words("已登记数据集", "Data sets entered"), f"{counted.data_sets:,}"),
    ]
    today = local_day(reading.at)
    rows: list[Row] = [
        [plain(divisions.full_name(region, on=today)), plain(f"{asked:,}"), plain(f"{answered:,}")]
        for region, (asked, answered) in counted.by_region.items()
    ]
    columns = [
        Column(Words("地区", "Division")),
        Column(Words("已发", "Asked"), num=True),
        Column(Words("已答复", "Answered"), num=True),
    ]
    return Sheet(pairs=pairs, parts=[Part(Words("答复情况", "Answers"), pairs=numbers, table=Table(columns, rows))])


def campaign_pairs(one: survey.SurveyView, reading: Reading) -> list[Pair]:
    asks, today = SURVEY.begins.asks, local_day(reading.at)
    everything = Words("全部", "all")
    return [
        Pair(Words("目的与说明", "Purpose"), one.purpose),
        Pair(
            Words("地区", "Where"),
            joined(plain(divisions.full_name(code, on=today)) for code in one.regions) if one.regions else everything,
        ),
        Pair(Words("对象", "Whom"), words_of(asks, "kinds", list(one.kinds)) if one.kinds else everything),
        Pair(
            Words("行业", "Industries"),
            joined(map(industries.full_name, one.industries)) if one.industries else everything,
        ),
        Pair(Words("截止（含当日）", "Until (that day included)"), shown_end(one.closes_at) if one.closes_at else "—"),
    ]


def answer_sheet(row: Any, reading: Reading) -> Sheet:
    """What is asked, what was answered; the contact is shown to who answers and to the data authority, who alone see this."""
    pairs = campaign_pairs(survey.survey(row.survey_id), reading)
    asks = SURVEY_ANSWER.act("answer").asks
    own = pairs_of(
        asks,
        {name: getattr(row, name) for name in ("nothing_because", "contact_name", "contact_phone")},
        ["nothing_because", "contact_name", "contact_phone"],
    )
    rows: list[Row] = [
        [
            Cell(one["name"], one["description"][:80]),
            industries.full_name(one["industry"]),
            words_of(SUPPLY_ENTRY.begins.asks, "willing", one["willing"]),
        ]
        for one in row.data_sets
    ]
    columns = [
        Column(Words("数据集", "Data set")),
        Column(Words("行业", "Industry")),
        Column(Words("供给意愿", "Willing")),
    ]
    return Sheet(pairs=pairs, parts=[Part(Words("答复内容", "The answer"), pairs=own, table=Table(columns, rows))])


def supply_entry_sheet(row: Any, reading: Reading) -> Sheet:
    pairs = [
        Pair(Words("行业", "Industry"), industries.full_name(row.industry)),
        *pairs_of(SUPPLY_ENTRY.begins.asks, {name: getattr(row, name) for name in DATA_SET}, DATA_SET),
        *pairs_of(
            SUPPLY_ENTRY.begins.asks,
            {"contact_name": row.contact_name, "contact_phone": row.contact_phone},
            ["contact_name", "contact_phone"],
        ),
    ]
    came = Words("自愿登记", "of one's own accord")
    if row.answer_id is not None:
        pairs.append(
            reading.link(Words("来自调查", "From the survey"), SURVEY_ANSWER, row.answer_id, row.answer.survey_name)
        )
        came = Words("调查答复", "from a survey")
    if row.resource_id is not None:
        entry = catalogue.resource(row.resource_id)
        pairs.append(
            reading.link(Words("已编目为", "Catalogued as"), RESOURCE, row.resource_id, f"{entry.name}（{entry.code}）")
        )
    if row.reason and row.state in {"given_back", "withdrawn"}:
        pairs.append(Pair(Words("理由", "Reason"), row.reason))
    tags: list[tuple[Words, Tone]] = [(came, "info")]
    if row.state == "listed" and not row.public:
        tags.append((Words("不列入公开清单", "not on the public list"), ""))
    related = []
    if row.state == "listed" and row.public:
        related.append(Pair(Words("供给清单", "Supply list"), Words("查看", "see it"), reverse("supply")))
    return Sheet(tags, pairs, related=related)


def industry_choices() -> list[tuple[str, Label]]:
    """Sections, each with its divisions under it."""
    found: list[tuple[str, Label]] = []
    for section in industries.sections():
        found.append((section.code, Words(f"{section.code} {section.words.zh}", f"{section.code} {section.words.en}")))
        found += [
            (one.code, Words(f"{one.code} {one.words.zh}", f"{one.code} {one.words.en}"))
            for one in industries.divisions_of(section.code)
        ]
    return found

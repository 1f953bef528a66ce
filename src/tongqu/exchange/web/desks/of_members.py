"""Organisations, mandates, keys, nodes and cases, as those who may see them read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongqu.exchange.bedrock.inputs import Inputs, extra_of
from tongqu.exchange.bedrock.procedures import HOUSE, local_day, procedure, see
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import mandates, nodes, parties
from tongqu.exchange.members.credentials import SIGNATURE_KEY
from tongqu.exchange.members.mandates import MANDATE
from tongqu.exchange.members.parties import ADMISSION
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.elements import ELEMENT
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.web.components import Cell, Column, Pair, Table
from tongqu.exchange.web.desks import names
from tongqu.exchange.web.desks.acting import role_words
from tongqu.exchange.web.desks.of_drift import changed_columns
from tongqu.exchange.web.desks.parts import Part, Reading, Row, Sheet
from tongqu.exchange.web.desks.wording import citation, joined, label_of, pairs_of, plain, words_of


def admission_sheet(row: Any, reading: Reading) -> Sheet:
    asks = ADMISSION.begins.asks
    values = {name: getattr(row, name) for name in asks.model_fields if hasattr(row, name)}
    shown = [
        "kind",
        "credit_code",
        "address",
        "legal_representative",
        "contact_name",
        "contact_phone",
        "contact_email",
        "licence",
        "licence_until_date",
    ]
    pairs = pairs_of(asks, values, shown)
    region = parties.divisions.full_name(row.region, on=local_day(reading.at))
    pairs.insert(2, Pair(Words("所在地", "Region"), f"{region}（{row.region}）"))
    pairs += [Pair(Words("已授角色", "Roles"), role_words(tuple(row.roles)))]
    if set(row.asked_roles) - set(row.roles):
        pairs.append(Pair(Words("申请角色", "Roles asked for"), role_words(tuple(row.asked_roles))))
    if row.verified_at:
        pairs.append(Pair(Words("上次核验", "Last verified"), row.verified_at))
        pairs.append(Pair(Words("下次核验前", "To be verified by"), row.verify_by_at))
    controls = parties.controls_of(row.pk)
    control_asks = ADMISSION.act("declare_control").asks
    table = Table(
        [
            Column(Words("控制方", "Controller")),
            Column(Words("被控制方", "Controlled")),
            Column(Words("方式", "By"), phone=False),
            Column(Words("期间", "Period"), phone=False),
        ],
        [
            [
                Cell(c.controller_name, c.controller_code),
                Cell(c.controlled_code),
                words_of(control_asks, "basis", c.basis),
                plain(f"{c.since_date} → {c.until_date or ''}"),
            ]
            for c in controls
        ],
    )
    return Sheet(
        [(role_words(tuple(row.roles)), "ok")] if row.roles else [],
        pairs,
        [
            Part(Words("需要补正", "Still missing"), sentences=[plain(one) for one in row.missing]),
            Part(Words("理由", "Reasons"), sentences=[plain(one) for one in row.reasons]),
            Part(Words("控制关系", "Control"), table=table),
        ],
    )


def mandate_sheet(row: Any, reading: Reading) -> Sheet:
    who = names.people([row.person_id, row.granted_by_id])
    pairs = [
        Pair(Words("人员", "Person"), who.get(row.person_id, "—")),
        Pair(Words("角色", "Roles"), role_words(tuple(row.roles))),
        Pair(Words("生效", "From"), row.since_at),
        Pair(Words("终止", "Until"), row.until_at),
        Pair(Words("授权人", "Granted by"), who.get(row.granted_by_id, Words("交易场所", "the exchange"))),
    ]
    return Sheet(pairs=[*pairs, *pairs_of(MANDATE.begins.asks, {"reason": row.reason}, ["reason"])])


def api_key_sheet(row: Any, reading: Reading) -> Sheet:
    who = names.people([row.person_id])
    return Sheet(
        pairs=[
            Pair(Words("人员", "Person"), who.get(row.person_id, "—")),
            Pair(Words("密钥开头", "Begins with"), row.prefix, mono=True),
            Pair(Words("角色", "Roles"), role_words(tuple(row.roles))),
            Pair(Words("终止", "Until"), row.until_at),
            Pair(Words("最近使用", "Last used"), row.last_used_at),
        ]
    )


def signature_key_sheet(row: Any, reading: Reading) -> Sheet:
    who = names.people([row.person_id])
    return Sheet(
        pairs=[
            Pair(Words("人员", "Person"), who.get(row.person_id, "—")),
            *pairs_of(SIGNATURE_KEY.begins.asks, {"keeper": row.keeper, "name": row.name}, ["keeper", "name"]),
            Pair(Words("密钥编号", "Key number"), row.key_id, mono=True),
            Pair(Words("公钥", "Public key"), row.public, mono=True),
            Pair(Words("停用时间", "Retired"), row.retired_at),
        ]
    )


def node_sheet(row: Any, reading: Reading) -> Sheet:
    pairs = [
        Pair(Words("地址", "Address"), row.address or Words("节点尚未报告", "not told yet"), mono=bool(row.address)),
        Pair(Words("软件", "Software"), row.software),
        Pair(Words("注册时间", "Registered"), row.registered_at),
        Pair(Words("最近联系", "Last heard"), row.last_seen_at),
    ]
    modes = LISTING.begins.asks
    declared = nodes.sources(row.pk)
    rows: list[Row] = [
        [
            Cell(Words(s.title.zh, s.title.en), plain(s.source)),
            joined(words_of(modes, "mode", mode) for mode in s.modes),
            plain(f"{s.rows:,}"),
            plain(len(s.columns)),
        ]
        for s in declared
    ]
    table = Table(
        [
            Column(Words("数据源", "Source")),
            Column(Words("交付方式", "Delivery")),
            Column(Words("行", "Rows"), num=True),
            Column(Words("列", "Columns"), num=True, phone=False),
        ],
        rows,
    )
    return Sheet(
        [(Words("数据的列已变更", "columns changed"), "due")] if row.drifted else [],
        pairs,
        [
            *(changed_columns(s.drift, Words(s.title.zh, s.title.en)) for s in declared if s.drift is not None),
            Part(Words("申报的数据源", "Declared sources"), table=table),
        ],
    )


def _nested(value: Any) -> bool:
    """What has parts of its own is read in the papers, not in a line."""
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value))


def _asked(asks: type[Inputs], known: Mapping[str, Any], reading: Reading) -> list[Pair]:
    """What was asked for; other subjects and divisions by their names."""
    shown = []
    for name, value in known.items():
        widget = str(extra_of(asks.model_fields[name]).get("widget", ""))
        if value and widget in {"element", "resource"}:
            table = ELEMENT if widget == "element" else RESOURCE
            shown.append(reading.link(label_of(asks, name), table, value, plain(see(table, value, HOUSE).title())))
        elif value and widget == "region":
            place = parties.divisions.full_name(value, on=local_day(reading.at))
            shown.append(Pair(label_of(asks, name), f"{place}（{value}）"))
        elif not _nested(value):
            shown += pairs_of(asks, known, [name])
    return shown


def case_sheet(row: Any, reading: Reading) -> Sheet:
    about = procedure(row.about)
    reading.learn(row.party)
    text = Words(f"{about.words.zh} · {about.label(row.act).zh}", f"{about.words.en} · {about.label(row.act).en}")
    pairs = [
        reading.link(Words("关于", "About"), about, row.subject, text),
        Pair(Words("申请方", "Asked by"), reading.party(row.party)),
        Pair(Words("应由", "To be decided by"), mandates.ROLE_WORDS.get(row.office, plain(row.office))),
    ]
    asks = {act.name: act.asks for act in about.acts} | {"begin": about.begins.asks}
    known = {name: value for name, value in row.asked.items() if name in asks[row.act].model_fields}
    wanted = _asked(asks[row.act], known, reading)
    found = [
        Words(f"{f['zh']}（{citation(f['cite']).zh}）", f"{f['en']} ({citation(f['cite']).en})") for f in row.findings
    ]
    return Sheet(
        pairs=pairs,
        parts=[
            Part(Words("申请的内容", "What was asked for"), pairs=wanted),
            Part(Words("规则留待人工判断", "What the rules leave to a person"), sentences=found),
            Part(Words("决定理由", "Reason of the decision"), text=row.reason),
        ],
    )

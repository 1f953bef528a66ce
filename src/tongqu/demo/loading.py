"""Loads the sample market once into a fresh exchange, before anything serves: `tongqu demo load`."""

from __future__ import annotations

import json
import os
from pathlib import Path

from django.conf import settings
from django.db import connection

from tongqu.demo import catalogues
from tongqu.demo.cast import APPLICANT, MEMBERS, OFFICES, PUBLIC
from tongqu.demo.history import DATA, History, Say
from tongqu.demo.town import Town, moment
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.parties import credit_code


class NotFresh(RuntimeError):
    """The exchange has members already. The sample market is only for an empty one."""

    words = Words(
        "交易所已有成员，示例数据只装入空库", "The exchange has members; the sample market is for an empty one"
    )
    mend = Words(
        "换一个数据库，或设 TONGQU_DEMO=0 跳过示例。", "Use another database, or set TONGQU_DEMO=0 to go without."
    )


def load(var: Path, *, exchange: str, node_port: int, say: Say) -> None:
    """Writes the node's folder under `var/node` and the card under `var/demo`. Raises NotFresh."""
    with connection.cursor() as cursor:
        cursor.execute("select exists (select 1 from members_organisation)")
        if cursor.fetchone()[0]:
            raise NotFresh(NotFresh.words.en)
    node = f"http://127.0.0.1:{node_port}"
    config = _write_node(var / "node", exchange, node, node_port)
    town = Town(var, exchange=exchange, node=node, begins=moment(9, 1, 9))
    history = History(town, say)
    history.tell(config)
    say("公开目录已交付导入，由后台完成", "public catalogues are handed in; the worker imports them")
    catalogues.hand_in(town.actor("authority"), at=town.now, whole=False)
    town.settle()
    _write_card(var / "demo", town, history, exchange)


def _write_node(folder: Path, exchange: str, node: str, port: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = (Path(__file__).parent / "node.toml").read_text(encoding="utf-8")
    holders = [(member.key, credit_code.complete(member.first)) for member in (*MEMBERS, *OFFICES, *PUBLIC, APPLICANT)]
    for name, value in (("EXCHANGE", exchange), ("NODE", node), ("PORT", str(port)), ("DATA", str(DATA)), *holders):
        text = text.replace(f"@{name}@", value)
    config = folder / "node.toml"
    config.write_text(text, encoding="utf-8")
    return config


def _write_card(folder: Path, town: Town, history: History, exchange: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    card = {
        "accounts": town.accounts,
        "buyer": {**history.buyer, "exchange": exchange},
        "try": [
            {"zh": f"打开 {exchange}/ 看市场；以 registrar 登录，待办里有登记在等受理和审查。",
             "en": f"Open {exchange}/; sign in as registrar: registrations wait on the desk."},
            {"zh": "运行 .venv/bin/tongqu demo trade 实时做一笔完整交易（1,000 次核验和一个数据集）。",
             "en": "Run .venv/bin/tongqu demo trade: a whole trade live, 1,000 verifications and a data set."},
            {"zh": f"打开 {exchange}/entries 搜索近一万六千条真实公开目录；.venv/bin/tongqu demo catalogue 导入全部 88,883 条。",
             "en": f"Search real public catalogues at {exchange}/entries; tongqu demo catalogue imports all 88,883 entries."},
            {"zh": f"打开 {exchange}/open 看开放数据的版本与哈希；{exchange}/catalog.ttl 是 DCAT-AP 目录，{exchange}/api/3/action 是 CKAN 接口。",
             "en": f"Versions of open data at {exchange}/open; DCAT-AP at {exchange}/catalog.ttl; CKAN's API at {exchange}/api/3/action."},
            {"zh": "以 buyer 登录签署一份合同；第二重验证码：.venv/bin/tongqu demo code buyer。",
             "en": "Sign in as buyer and sign a contract; the second factor: .venv/bin/tongqu demo code buyer."},
        ],
    }  # fmt: skip
    path = folder / "card.json"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(card, file, ensure_ascii=False, indent=1)


def default_var() -> Path:
    return Path(settings.VAR)

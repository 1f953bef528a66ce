"""`tongqu up`: the whole house on one machine, from an empty folder to an address that works, and down again."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, cast

from tongqu.exchange.bedrock.values import Words
from tongqu.up import postgres
from tongqu.up.house_lock import alone
from tongqu.up.places import Places, check_port_is_free, make_folders, read_places
from tongqu.up.prepare import ensure_secret_key
from tongqu.up.processes import PLAN, Process, Step
from tongqu.up.supervisor import Stopped, Supervisor, environment_for
from tongqu.up.trouble import Trouble, say, say_trouble


def up() -> int:
    """Run until asked to stop. Returns the exit code: 0 when it was stopped, 1 when something kept it from standing."""
    try:
        places = read_places(os.environ)
        make_folders(places)
        with alone(places.run):
            return keep_house(places)
    except Trouble as trouble:
        say_trouble(trouble)
        return 1


def keep_house(places: Places, plan: Sequence[Step | Process] = PLAN) -> int:
    """Open, keep and close a house; the caller holds its lock. Returns the exit code."""
    began = time.monotonic()
    supervisor = Supervisor(places, {})
    supervisor.listen()
    supervisor.clear_last_time()
    try:
        check_port_is_free(places.host, places.port, "TONGQU_PORT")
        check_port_is_free("127.0.0.1", places.node_port, "TONGQU_NODE_PORT")
        supervisor.watch()
        _open(supervisor, plan)
        _welcome(places, time.monotonic() - began)
        supervisor.keep()
    except Stopped:
        say("正在停止…", "Stopping…")
        return 0
    except Trouble as trouble:
        say_trouble(trouble)
        return 1
    finally:
        killed = supervisor.end()
        say("已全部停止，数据保留。", "All stopped; the data are kept.")
        if killed:
            say(f"其中 {len(killed)} 个进程未响应，已强制结束。", f"{len(killed)} did not answer and were killed.")
    raise AssertionError("keep() only ends by being asked to")


def _open(supervisor: Supervisor, plan: Sequence[Step | Process]) -> None:
    """The database, then the plan in order, each part working before what follows."""
    places = supervisor.places
    say(f"通衢：数据目录 {places.var}", f"Tongqu: data folder {places.var}")
    if places.database_url:
        postgres.check_external(places.database_url)
        say("✓ 数据库（DATABASE_URL）", "database (DATABASE_URL)")
    else:
        home = postgres.find_home(places.var, postgres.DURABLE)
        supervisor.start_database(home)
        places = replace(places, database_url=home.url)
        say("✓ 数据库（内置 PostgreSQL）", "database (embedded PostgreSQL)")
    ensure_secret_key(places.secret_key)
    supervisor.places = places
    supervisor.environment = environment_for(places)
    for is_step, group in groupby(plan, key=lambda part: isinstance(part, Step)):
        if is_step:
            for step in group:
                supervisor.perform(cast(Step, step))
        else:
            supervisor.start([part for part in cast(Iterator[Process], group) if part.wanted(places)])


def _welcome(places: Places, seconds: float) -> None:
    """Address, sample accounts, three things to try. Accounts come from the demo, which knows them."""
    say("", "")
    say(f"通衢已就绪（{seconds:.1f} 秒）：{places.public_address}", f"Ready in {seconds:.1f} s.")
    demo = _demo_card(places)
    if demo:
        say("示例账户", "Sample accounts")
        for account in demo.get("accounts", []):
            who = Words(**account["words"])
            say(f"  {account['login']} / {account['password']}  {who.zh}", who.en)
    say("试试看", "Three things to try")
    for thing in demo.get("try", []) or _things_to_try(places):
        words = Words(**thing)
        say(f"  · {words.zh}", "")
        say("", f"    {words.en}")
    if places.public_address != Places(places.var).public_address:
        say(
            f"另开终端用命令前：export TONGQU_URL={places.public_address}", "Before using commands in another terminal."
        )
    say(f"日志 {places.log}，按 Ctrl-C 停止。", "Ctrl-C stops everything.")


def _demo_card(places: Places) -> dict[str, Any]:
    """What the demo wrote for this page: `{"accounts": [{login, password, words: {zh, en}}], "try": [{zh, en}]}`."""
    try:
        card = json.loads((places.var / "demo" / "card.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return card if isinstance(card, dict) else {}


def _things_to_try(places: Places) -> list[dict[str, str]]:
    at = places.public_address
    return [
        {"zh": f"打开 {at}/ 浏览市场。", "en": f"Open {at}/ and look around the market."},
        {"zh": f"打开 {at}/api/docs 查看接口。", "en": f"Open {at}/api/docs and read the API."},
        {"zh": "运行 .venv/bin/tongqu demo trade 看一笔完整交易。",
         "en": "Run .venv/bin/tongqu demo trade and watch a whole trade."},
    ]  # fmt: skip

"""`tongqu node …`: what the keeper of a node types. Exit codes: 0 all is well, 1 something is to be mended, 2 it cannot be done."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from tongqu.client.node_consents import app as consents

app = typer.Typer(help="数据节点 · the node")
app.add_typer(consents, name="consents")

Config = Annotated[Path, typer.Option(help="节点配置文件 · the node's configuration", dir_okay=False)]
AsJson = Annotated[bool, typer.Option("--json", help="JSON")]
HERE = Path("node.toml")

WELL, TO_MEND, CANNOT = 0, 1, 2


@app.command()
def serve(config: Config = HERE) -> None:
    """运行一个数据节点 · run a node until it is told to stop"""
    from tongqu.node import serve as node
    from tongqu.node.faults import NodeFault

    try:
        node.run(config)
    except NodeFault as fault:
        raise _told(fault) from None


@app.command()
def init(
    config: Config = HERE,
    name: Annotated[str | None, typer.Option(help="节点名称 · the node's name")] = None,
    exchange: Annotated[str | None, typer.Option(help="交易所网址 · the exchange's address")] = None,
    data: Annotated[list[Path] | None, typer.Option(help="数据文件，可多次 · a data file, may be repeated")] = None,
    key: Annotated[str | None, typer.Option(help="键列；不指定则取所提议的 · the key column, else as proposed")] = None,
    address: Annotated[str | None, typer.Option(help="买方访问的网址 · where buyers reach it")] = None,
    port: Annotated[int, typer.Option(help="监听端口 · the port to listen at", min=1, max=65535)] = 8700,
    exchange_key_id: Annotated[
        str | None, typer.Option(help="交易所公钥编号，16 位 · the exchange's key id, told another way")
    ] = None,
    enrolling: Annotated[bool, typer.Option("--enrol/--no-enrol", help="随即登记 · enrol at once")] = True,
    ask: Annotated[bool, typer.Option("--ask/--no-ask", help="逐项询问 · ask for what is not given")] = True,
    as_json: AsJson = False,
) -> None:
    """看一眼数据，写出 node.toml，并登记 · look at the data, write node.toml, enrol"""
    from tongqu.client.node_setting_up import set_up

    done = do(lambda: set_up(
        config, name=name, exchange=exchange, data=data or [], key=key, address=address, port=port, ask=ask and not as_json,
    ))  # fmt: skip
    if enrolling:
        try:
            done["node"] = _enrol(config, exchange_key_id, ask=ask and not as_json)
        except typer.Exit:
            again = f"tongqu node enrol --config {config}"
            typer.echo(
                f"{config} 已写好，只差登记：{again}\n{config} is written; only enrolment is left: {again}", err=True
            )
            raise
    if as_json:
        _print(done)
    else:
        node = done.get("node")
        typer.echo(
            f"已写入 {config}。" + (f"已登记为节点 {node}。" if node else f"下一步：tongqu node enrol --config {config}。")
            + f"起动：tongqu node serve --config {config}\n"
            f"{config} is written. " + (f"Enrolled as node {node}. " if node else f"Next: tongqu node enrol --config {config}. ")
            + f"Start it: tongqu node serve --config {config}"
        )  # fmt: skip


@app.command()
def enrol(
    config: Config = HERE,
    exchange_key_id: Annotated[
        str | None, typer.Option(help="交易所公钥编号，16 位 · the exchange's key id, told another way")
    ] = None,
) -> None:
    """用一次性登记密钥登记节点 · enrol with the one-time key, from TONGQU_ENROLMENT_KEY or typed unseen"""
    node = _enrol(config, exchange_key_id, ask=True)
    typer.echo(f"已登记为节点 {node} · enrolled as node {node}")


def _enrol(config: Path, exchange_key_id: str | None, *, ask: bool) -> str:
    from tongqu.node.enrol import enrol as enrol_node

    key = os.environ.get("TONGQU_ENROLMENT_KEY") or ""
    if not key and ask:
        key = typer.prompt("登记密钥 · enrolment key", hide_input=True)
    if not key:
        _end(
            "没有登记密钥。请设置环境变量 TONGQU_ENROLMENT_KEY，或用 --no-enrol 先写配置。",
            "There is no enrolment key. Set TONGQU_ENROLMENT_KEY, or write the configuration first with --no-enrol.",
        )
    return str(do(lambda: enrol_node(config, enrolment_key=key, exchange_key_id=exchange_key_id)).node)


@app.command()
def status(config: Config = HERE, as_json: AsJson = False) -> None:
    """节点是否在服务，租约、同步、许可、磁盘 · whether it works: lease, sync, permits, disk"""
    from tongqu.client import node_shown as shown

    told = do(lambda: shown.status(settings_of(config)))
    _print(told) if as_json else shown.show_status(told)
    node = told["node"]
    is_well = node is not None and node["working"] and not node["source_faults"] and not node["statements_refused"]
    raise typer.Exit(WELL if is_well else TO_MEND)


@app.command()
def sources(config: Config = HERE, as_json: AsJson = False) -> None:
    """数据源：版本、行数、有何问题 · the sources: version, rows, what is wrong"""
    from tongqu.client import node_shown as shown

    told = do(lambda: shown.sources(settings_of(config)))
    _print(told) if as_json else shown.show_sources(told)
    raise typer.Exit(TO_MEND if any(each["fault"] for each in told["sources"]) else WELL)


@app.command()
def products(config: Config = HERE, as_json: AsJson = False) -> None:
    """供什么、按哪些合同、用了多少、还剩多少 · what is on offer, under which contracts, used and left"""
    from tongqu.client import node_shown as shown

    told = do(lambda: shown.products(settings_of(config)))
    _print(told) if as_json else shown.show_products(told)


@app.command()
def statements(config: Config = HERE, as_json: AsJson = False) -> None:
    """最近的结算单与交易所的答复 · the last statements, and the exchange's word on each"""
    from tongqu.client import node_shown as shown

    told = do(lambda: shown.statements(settings_of(config)))
    _print(told) if as_json else shown.show_statements(told)
    raise typer.Exit(TO_MEND if told["counts"]["refused"] else WELL)


@app.command()
def doctor(
    config: Config = HERE,
    whole: Annotated[
        bool, typer.Option("--whole", help="逐条核对全部回执 · walk the whole journal with every seal")
    ] = False,
    outside: Annotated[
        bool, typer.Option("--outside/--inside", help="也查网络与数据源 · also network and sources")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """逐项检查，并说明如何处理 · look at one thing after another, and say what would mend it"""
    from datetime import UTC, datetime

    from tongqu.client import node_shown as shown
    from tongqu.node.owner.doctor import examine
    from tongqu.node.owner.findings import BAD, worst

    found = []
    for finding in examine(config, now=datetime.now(UTC), whole=whole, outside=outside):
        found.append(finding)
        if not as_json:
            shown.show_finding(finding)
    if as_json:
        _print({"level": worst(found), "findings": [finding.to_json() for finding in found]})
    else:
        shown.show_verdict(found)
    raise typer.Exit(TO_MEND if worst(found) == BAD else WELL)


@app.command()
def backup(
    to: Annotated[
        Path, typer.Argument(help="目标 .tar 文件或已有目录 · the .tar file, or a folder for it that is there")
    ],
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """备份（运行中即可）：密钥、许可、试探记录与全部回执 · back it up while it runs: key, permits, probes, all receipts"""
    from datetime import UTC, datetime

    from tongqu.node.keeping.backup import back_up

    settings = settings_of(config)
    done = do(lambda: back_up(settings.state, to, now=datetime.now(UTC)))
    if as_json:
        _print({"file": str(done.file), "bytes": done.bytes, "node": done.node})
    else:
        typer.echo(
            f"已备份到 {done.file}（{done.bytes:,} 字节）。其中有私钥，请妥为保管。\n"
            f"backed up to {done.file} ({done.bytes:,} bytes). It holds the private key: keep it safe."
        )


@app.command("new-key")
def new_key(
    config: Config = HERE, seconds: Annotated[int, typer.Option(help="最多等多少秒 · how long to wait", min=1)] = 60
) -> None:
    """更换签名密钥，不停机：以旧密钥签章声明新的，交易所收下即换 · change the signing key while it runs"""
    import time

    from tongqu.node.owner import NotRunning, ask

    settings = settings_of(config)
    try:
        told = do(lambda: ask(settings.state, "new-key"))
        ends = time.monotonic() + seconds
        while do(lambda: ask(settings.state, "status"))["key_id"] != told["announced"]:
            if time.monotonic() > ends:
                _end(
                    "交易所还没有收下；节点会一直声明下去。",
                    "The exchange has not taken it yet; the node goes on announcing it.",
                )
            time.sleep(0.2)
    except NotRunning:
        _end(
            "节点没有运行：更换密钥要由运行中的节点向交易所声明。",
            "The node does not run: a running node tells the exchange.",
        )
    typer.echo(
        f"已换为密钥 {told['announced']}，旧的 {told['before']} 已销毁。请现在备份：tongqu node backup\n"
        f"the key is {told['announced']} now; the old one, {told['before']}, is gone. Back it up: tongqu node backup"
    )


@app.command()
def restore(
    backup: Annotated[
        Path | None,
        typer.Argument(
            help="备份文件；不给则继续未完成的恢复 · the back-up; none goes on with an unfinished one", dir_okay=False
        ),
    ] = None,
    config: Config = HERE,
    in_place: Annotated[
        bool,
        typer.Option(
            "--in-place",
            help="现有目录就是旧的（快照回滚后） · the folder itself is old, after a snapshot was rolled back",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """从备份恢复：与交易所核对各合同，号码不重用，不重复计费 · restore: no number is used again, nothing is billed twice"""
    from datetime import UTC, datetime

    from tongqu.node.keeping.restore import finish, note_unfinished, unpack

    settings, now = settings_of(config), datetime.now(UTC)
    if backup is not None:
        do(lambda: unpack(backup, settings.state, now=now))
    elif in_place and not (settings.state / "restoring.json").exists():
        note_unfinished(settings.state, backup_at=now, now=now)
    elif not (settings.state / "restoring.json").exists():
        _end(
            "没有未完成的恢复。请给出备份文件，或用 --in-place。",
            "No restoration is unfinished. Name a back-up, or say --in-place.",
        )
    done = do(lambda: finish(settings, now=lambda: datetime.now(UTC)))
    told = [
        {"contract": d.contract, "held_to": d.held_to, "stated_to": d.stated_to, "resumes_after": d.resumes_after}
        for d in done
    ]
    if as_json:
        _print({"contracts": told})
    else:
        typer.echo(
            f"已恢复，{len(told)} 份合同换了号段；此前未结算的调用不计费。可以起动节点。\n"
            f"restored; {len(told)} contracts go on with new numbers; what was not stated before is not billed. Start the node."
        )


@app.command()
def console(
    config: Config = HERE,
    port: Annotated[int, typer.Option(help="本机端口 · the port on this machine", min=0, max=65535)] = 8790,
) -> None:
    """在本机打开控制台网页 · serve the console's pages to this machine alone, until Ctrl-C"""
    from tongqu.node.console.serve import run

    settings = settings_of(config)
    do(lambda: run(settings, config.resolve(), port=port, say=typer.echo))


# -- speaking --------------------------------------------------------------------------------------------------------


def settings_of(config: Path) -> Any:
    from tongqu.node.config import read_config

    return do(lambda: read_config(config))


def do(work: Any) -> Any:
    from tongqu.node.faults import NodeFault

    try:
        return work()
    except NodeFault as fault:
        raise _told(fault) from None


def _print(told: object) -> None:
    typer.echo(json.dumps(told, ensure_ascii=False, indent=1))


def _told(fault: Exception) -> typer.Exit:
    """A sentence that says what to do, in place of a trace."""
    words, mend = fault.words, fault.mend  # type: ignore[attr-defined]
    typer.echo(f"{words.zh}{mend.zh}\n{words.en} {mend.en}", err=True)
    return typer.Exit(CANNOT)


def _end(zh: str, en: str) -> NoReturn:
    typer.echo(f"{zh}\n{en}", err=True)
    raise typer.Exit(CANNOT)

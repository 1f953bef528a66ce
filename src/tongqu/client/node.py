"""`tongqu node …`: what the keeper of a node types."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="数据节点 · the node")

Config = Annotated[Path, typer.Option(help="节点配置文件 · the node's configuration", dir_okay=False)]


@app.command()
def serve(config: Config) -> None:
    """运行一个数据节点 · run a node until it is told to stop"""
    from tongqu.node import serve as node
    from tongqu.node.faults import NodeFault

    try:
        node.run(config)
    except NodeFault as fault:
        raise _told(fault) from None


@app.command()
def enrol(
    config: Config,
    exchange_key_id: Annotated[
        str | None, typer.Option(help="交易所公钥编号，16 位 · the exchange's key id, told another way")
    ] = None,
) -> None:
    """用一次性登记密钥登记节点 · enrol with the one-time key, from TONGQU_ENROLMENT_KEY or typed unseen"""
    from tongqu.node.enrol import enrol as enrol_node
    from tongqu.node.faults import NodeFault

    key = os.environ.get("TONGQU_ENROLMENT_KEY") or typer.prompt("登记密钥 · enrolment key", hide_input=True)
    try:
        identity = enrol_node(config, enrolment_key=key, exchange_key_id=exchange_key_id)
    except NodeFault as fault:
        raise _told(fault) from None
    typer.echo(f"已登记为节点 {identity.node} · enrolled as node {identity.node}")


def _told(fault: Exception) -> typer.Exit:
    """A sentence that says what to do, in place of a trace."""
    words, mend = fault.words, fault.mend  # type: ignore[attr-defined]
    typer.echo(f"{words.zh}{mend.zh}\n{words.en} {mend.en}", err=True)
    return typer.Exit(1)

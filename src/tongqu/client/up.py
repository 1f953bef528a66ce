"""`tongqu up`."""

from __future__ import annotations

import typer


def up() -> None:
    """起动数据库、交易所、后台进程与一个节点 · start database, exchange, background processes and one node"""
    from tongqu.up import start

    raise typer.Exit(start.up())

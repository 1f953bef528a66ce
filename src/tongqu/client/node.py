"""`tongqu node …`: what the keeper of a node types."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="数据节点 · the node")


@app.command()
def serve(
    config: Annotated[Path, typer.Option(help="节点配置文件 · the node's configuration", dir_okay=False)],
) -> None:
    """运行一个数据节点 · run a node until it is told to stop"""
    from tongqu.node import serve as node

    node.run(config)

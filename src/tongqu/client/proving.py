"""`tongqu prove`: fetches the proof file of a fact that you may see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tongqu.client.terminal import market, say


def prove(
    position: Annotated[
        int, typer.Argument(help="存证编号，如页面所示 · the place in the log, as pages show it", min=0)
    ],
    out: Annotated[Path | None, typer.Option(help="写入的文件 · where to write", dir_okay=False)] = None,
) -> None:
    """取一项事实的证明文件 · write the proof file of a fact"""
    with market() as exchange:
        document = exchange.proof_at(position)
        path = out or Path(f"proof-{position}.json")
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
        say(f"已写入 {path}", f"written; check it anywhere with: tongqu verify {path}")

"""`tongqu trace`: which contract a leaked copy was given under. On the node's own machine, with its key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tongqu.wire.words import Words

LEAST = 1e-300
"""Below this a chance is no number of a computer's any more: it would read as nought, which no chance of error is."""


def trace(
    leaked: Annotated[
        Path, typer.Argument(help="疑似泄露的文件（CSV、Parquet、xlsx） · the leaked file", dir_okay=False)
    ],
    config: Annotated[Path, typer.Option(help="节点配置文件 · the node's configuration", dir_okay=False)],
    source: Annotated[str | None, typer.Option(help="只查这一数据源 · only this source")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """查泄露副本出自哪份合同 · name the contract that a leaked copy was given under, with the chance of error"""
    from tongqu.node.faults import NodeFault
    from tongqu.node.trace import trace as find

    try:
        verdict = find(config, leaked, source=source)
    except NodeFault as fault:
        typer.echo(f"{fault.words.zh}{fault.mend.zh}\n{fault.words.en} {fault.mend.en}", err=True)
        raise typer.Exit(2) from None
    if as_json:
        named = [
            {
                "contract": contract,
                "cells": score.cells,
                "agreeing": score.agreeing,
                "chance_of_error": f"{max(chance, LEAST):.3g}",
            }
            for contract, score, chance in verdict.named
        ]
        told = {
            "named": named, "looked_at": verdict.looked_at, "rows": verdict.rows, "rows_matched": verdict.rows_matched,
            "columns": list(verdict.columns), "chance_of_error_at_most": f"{verdict.at_most:g}",
        }  # fmt: skip
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        raise typer.Exit(0 if verdict.named else 1)
    typer.echo(
        f"对上原数据 {verdict.rows_matched} / {verdict.rows} 行；查了 {verdict.looked_at} 份副本\n"
        f"{verdict.rows_matched} of {verdict.rows} rows found in the original; {verdict.looked_at} copies looked at"
    )
    for contract, score, chance in verdict.named:
        bound = bounded(chance)
        typer.echo(
            f"合同 {contract}：{score.agreeing} / {score.cells} 个标记相符，误指概率{bound.zh}\n"
            f"contract {contract}: {score.agreeing} of {score.cells} marks agree; the chance of error is {bound.en}"
        )
    if not verdict.named:
        typer.echo(
            f"没有找到合同：把握不足（误指概率须不超过 {verdict.at_most:.0e}）\n"
            f"no contract found: not sure enough (the chance of error must be at most {verdict.at_most:.0e})"
        )
        raise typer.Exit(1)


def bounded(chance: float) -> Words:
    """How small a chance of error is, in words."""
    if chance < LEAST:
        return Words(f"低于 {LEAST:.0e}", f"below {LEAST:.0e}")
    return Words(f"不超过 {chance:.1e}", f"at most {chance:.1e}")

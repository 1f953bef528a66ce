"""`tongqu export …` and `tongqu audit`: on the machine of the exchange, with its database and keys."""

from __future__ import annotations

import os
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

app = typer.Typer(help="导出 · exports, on the exchange's own machine")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def _open_the_books() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.exchange.settings")
    os.environ.setdefault("TONGQU_LOG_LEVEL", "WARNING")
    import django

    django.setup()


def _midnight(day: str | None) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), time.min, SHANGHAI) if day else None
    except ValueError:
        raise typer.BadParameter("应为日期，如 2026-11-23 · a date such as 2026-11-23") from None


@app.command()
def beancount(
    out: Annotated[Path, typer.Argument(help="写入的文件 · where to write", dir_okay=False)],
    since: Annotated[str | None, typer.Option(help="起（含） · from this day")] = None,
    until: Annotated[str | None, typer.Option(help="止（不含） · before this day")] = None,
) -> None:
    """账目导出为 beancount 文件 · the books as a beancount file"""
    first, last = _midnight(since), _midnight(until)
    _open_the_books()
    from tongqu.client.terminal import say
    from tongqu.exchange.bedrock import ledger

    with out.open("w", encoding="utf-8") as file:
        written = ledger.export_beancount(file, since=first, until=last)
    say(f"{written} 笔写入 {out}", f"{written} moves written to {out}")


def audit() -> None:
    """核对账目、存证和文件 · check the books, the log and the papers"""
    _open_the_books()
    from django.core.management import call_command
    from django.core.management.base import CommandError

    try:
        call_command("audit")
    except CommandError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None

"""`tongqu demo …`: the sample market."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="示例市场 · the sample market")
WORKER_SECONDS_MAX = 60


def _var() -> Path:
    return Path(os.environ.get("TONGQU_VAR") or Path.cwd() / "var").resolve()


def card() -> dict[str, Any]:
    """What the loading wrote: accounts, the buyer's keys. Ends with a sentence when there is no sample market here."""
    try:
        return dict(json.loads((_var() / "demo" / "card.json").read_text("utf-8")))
    except OSError:
        typer.echo(
            "这里没有示例市场。请在克隆的目录中先运行 make run。\nNo sample market here: run `make run` in the clone first.",
            err=True,
        )
        raise typer.Exit(1) from None


@app.command()
def load() -> None:
    """装入示例市场（只在空库） · load the sample market into an empty exchange"""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.exchange.settings")
    os.environ.setdefault("TONGQU_LOG_LEVEL", "WARNING")
    import django

    django.setup()
    from tongqu.demo.loading import NotFresh
    from tongqu.demo.loading import load as load_market
    from tongqu.exchange.bedrock import keys
    from tongqu.up.places import read_places

    places = read_places(os.environ)
    keys.ensure("signatures")
    began = time.monotonic()

    def say(zh: str, en: str) -> None:
        typer.echo(f"  · {time.monotonic() - began:4.1f}s {zh} · {en}")

    try:
        load_market(places.var, exchange=places.address, node_port=places.node_port, say=say)
    except NotFresh as error:
        typer.echo(f"{error.words.zh}。{error.mend.zh}\n{error.words.en}. {error.mend.en}", err=True)
        raise typer.Exit(0) from None


@app.command()
def catalogue() -> None:
    """导入 52 个公开目录的 88,883 条 · import 88,883 entries of 52 public catalogues"""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.exchange.settings")
    os.environ.setdefault("TONGQU_LOG_LEVEL", "WARNING")
    url = card()["buyer"]["exchange"]
    import django

    django.setup()
    from django.utils import timezone
    from rich.progress import Progress

    from tongqu.demo import catalogues
    from tongqu.exchange.registry import harvest

    number = catalogues.hand_in(catalogues.data_authority(timezone.now()), at=timezone.now(), whole=True)
    typer.echo(f"{url}/desk/harvest/{number}")
    with Progress() as bar:
        task = bar.add_task("导入 importing", total=None)
        still, last = time.monotonic(), -1
        while (how := harvest.progress(number)).state == "running":
            bar.update(task, completed=how.position, total=how.lines or None)
            if how.position != last:
                still, last = time.monotonic(), how.position
            elif time.monotonic() - still > WORKER_SECONDS_MAX:
                typer.echo(
                    "后台没有动静，请先运行 make run。\nThe worker does not move: run `make run` first.", err=True
                )
                raise typer.Exit(1)
            time.sleep(0.5)
        bar.update(task, completed=how.lines, total=how.lines)
    typer.echo(
        f"新增 {how.fresh:,}，更新 {how.changed:,}，未变 {how.same:,}，未采用 {how.lost:,} · "
        f"new {how.fresh:,}, changed {how.changed:,}, unchanged {how.same:,}, not taken {how.lost:,}"
    )
    typer.echo(f"{url}/entries")


@app.command()
def code(login: Annotated[str, typer.Argument(help="登录名 · sign-in name")]) -> None:
    """某个示例账号此刻的动态验证码 · the second factor of a sample account, now"""
    import base64
    import hashlib
    import hmac
    import struct

    for account in card()["accounts"]:
        if account["login"] == login:
            secret = base64.b32decode(account["totp"] + "=" * (-len(account["totp"]) % 8))
            counter = struct.pack(">Q", int(time.time()) // 30)
            mark = hmac.new(secret, counter, hashlib.sha1).digest()
            start = mark[-1] & 15
            typer.echo(f"{(struct.unpack('>I', mark[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}")
            return
    typer.echo(f"没有示例账号 {login} · no sample account {login}", err=True)
    raise typer.Exit(1)


@app.command()
def accounts() -> None:
    """列出示例账号 · list the sample accounts"""
    for account in card()["accounts"]:
        typer.echo(f"{account['login']:<10} {account['password']}  {account['words']['zh']} · {account['words']['en']}")
    sys.stdout.flush()


@app.command()
def trade(
    calls: Annotated[int, typer.Option(help="核验次数 · verifications", min=1, max=1000)] = 1000,
) -> None:
    """实时做一笔完整交易，每一步附证明 · a whole trade live, each step with its proof"""
    from tongqu.client.demonstration import Demonstration
    from tongqu.client.market import Unreachable
    from tongqu.client.terminal import complain, spoken

    with spoken():
        try:
            Demonstration(card()["buyer"], _var() / "demo" / "trades").run(calls)
        except Unreachable as error:
            complain(f"连不上交易所或节点，请先运行 make run（{error}）。", "Not reachable: run `make run` first.")
            raise typer.Exit(1) from None

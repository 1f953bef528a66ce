"""`tongqu node consents …`: references of those who consented, passes for those who ask, and whose a reference is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="个人信息同意 · consents of data subjects", no_args_is_help=True)

Config = Annotated[Path, typer.Option(help="节点配置文件 · the node's configuration", dir_okay=False)]
Source = Annotated[str, typer.Option(help="数据源 · the source whose keys these are")]
HERE = Path("node.toml")
FAULTS_SHOWN = 20


@app.command()
def refer(
    people: Annotated[
        Path, typer.Argument(help="名单（CSV）：key,notice,what,form,at,channel[,birth_date]", dir_okay=False)
    ],
    source: Source,
    to: Annotated[Path, typer.Option(help="引用文件，.zip 或 .csv · the file of references", dir_okay=False)] = Path(
        "references.csv"
    ),
    config: Config = HERE,
) -> None:
    """在本地把名单变成加盐引用，只有引用文件可以报送 · turn a list of people into salted references, which alone may leave"""
    from tongqu.client.node import do, settings_of
    from tongqu.node.consents.referring import refer as referring

    settings = settings_of(config)
    _known(settings, source)
    salt = do(lambda: _salt(settings))
    done = do(lambda: referring(people, to, source, salt))
    for line, code in done.faults[:FAULTS_SHOWN]:
        typer.echo(f"第 {line} 行 · line {line}: {code}", err=True)
    typer.echo(
        f"已写入 {to}：{done.lines:,} 行；未采用 {len(done.faults):,} 行。名单不要离开本机。\n"
        f"{to} is written: {done.lines:,} lines; {len(done.faults):,} were not taken. Keep the list on this machine."
    )
    raise typer.Exit(1 if done.faults else 0)


@app.command("pass")
def pass_(
    key: Annotated[str, typer.Argument(help="已核实身份的本人的键 · the key of a person you have identified")],
    account: Annotated[str, typer.Argument(help="其账号编号，如 account-12 · the number of their account")],
    source: Source,
    config: Config = HERE,
) -> None:
    """为已核实身份的本人签发凭证，24 小时内有效 · seal a pass for a person you have identified; valid for a day"""
    from tongqu.client.node import do, settings_of
    from tongqu.node.consents.uses import vouch
    from tongqu.node.state import StateFolder
    from tongqu.wire.consents import reference_of

    settings = settings_of(config)
    _known(settings, source)
    folder = StateFolder.at(settings.state)
    reference = reference_of(do(lambda: _salt(settings)), source, key)
    node, signer = do(folder.identity).node, do(folder.signer)
    typer.echo(json.dumps(vouch(node, source, reference, account, signer, datetime.now(UTC))))


@app.command()
def whose(
    reference: Annotated[str, typer.Argument(help="引用 · the reference")],
    source: Source,
    config: Config = HERE,
) -> None:
    """查一个引用是谁的，以便答复其请求；结果只在本机 · whose a reference is, to answer what they ask; told here alone"""
    from tongqu.client.node import do, settings_of
    from tongqu.wire.consents import reference_of

    settings = settings_of(config)
    _known(settings, source)
    salt = do(lambda: _salt(settings))
    for key in _keys(settings, source):
        if reference_of(salt, source, key).hex() == reference:
            typer.echo(key)
            return
    typer.echo("没有这样的人 · nobody", err=True)
    raise typer.Exit(1)


def _salt(settings: Any) -> bytes:
    from tongqu.node.state import StateFolder
    from tongqu.wire.consents import reference_salt

    return reference_salt(StateFolder.at(settings.state).secrets().salt)


def _keys(settings: Any, source: str) -> Iterator[str]:
    """The keys of the version that is served, as they are indexed."""
    from tongqu.node.sources.sorting import Sorted

    for folder in sorted((settings.state / "keys" / source).glob("*/index.json")):
        for content in Sorted(folder.parent).every_content():
            yield content.decode()


def _known(settings: Any, source: str) -> None:
    if source not in {one.id for one in settings.sources}:
        typer.echo(f"没有数据源 {source} · there is no source {source}", err=True)
        raise typer.Exit(2)

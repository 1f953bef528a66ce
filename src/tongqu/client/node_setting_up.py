"""What `tongqu node init` asks and writes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer

from tongqu.node.config import read_config
from tongqu.node.faults import NodeFault
from tongqu.node.owner.looking import Asked, Proposal, look
from tongqu.node.owner.writing import NodeChosen, SourceChosen, node_toml, source_id
from tongqu.node.state import write_durably
from tongqu.wire.words import Words


def set_up(
    config: Path, *, name: str | None, exchange: str | None, data: list[Path], key: str | None, address: str | None,
    port: int, ask: bool,
) -> dict[str, Any]:  # fmt: skip
    """Writes the file and reads it back. Raises NodeFault; a file that is there already is left alone."""
    if config.exists():
        raise NodeFault(
            "config-exists",
            Words(f"{config} 已存在。", f"{config} is there already."),
            Words(
                f"若只差登记, 请运行 tongqu node enrol --config {config}; 要重写则先改名, 或用 --config 写到别处。",
                f"If only enrolment is left, run tongqu node enrol --config {config}; to write it anew, rename it first, or write "
                "elsewhere with --config.",
            ),
        )
    ask = ask and sys.stdin.isatty()
    name = name or _asked("节点名称", "name of the node", "--name", ask)
    exchange = _checked(exchange or _asked("交易所网址", "address of the exchange", "--exchange", ask))
    if not data and ask:
        typed = typer.prompt("数据文件 (可留空) · data file (may be empty)", default="", show_default=False)
        data = [Path(typed)] if typed else []
    chosen: list[SourceChosen] = []
    for file in data:
        chosen.append(_choose(file, key, [each.id for each in chosen], ask=ask))
    folder = config.resolve().parent
    text = node_toml(NodeChosen(name, exchange, port=port, address=address, sources=tuple(chosen)), folder)
    write_durably(config.resolve(), text.encode())
    try:
        read_config(config)
    except NodeFault:  # nothing is left that would be taken for a whole one
        config.unlink()
        raise
    return {"config": str(config.resolve()), "sources": [_to_json(each) for each in chosen]}


def _asked(zh: str, en: str, flag: str, ask: bool) -> str:
    if not ask:
        raise NodeFault(
            "not-said", Words(f"没有说{zh}。", f"The {en} was not said."), Words(f"请用 {flag}。", f"Give {flag}.")
        )
    return str(typer.prompt(f"{zh} · {en}"))


def _checked(exchange: str) -> str:
    parts = urlsplit(exchange)
    if parts.scheme in {"http", "https"} and parts.hostname:
        return exchange.rstrip("/")
    raise NodeFault(
        "not-an-address",
        Words(f"{exchange} 不是网址。", f"{exchange} is no address."),
        Words(
            "应以 https:// 开头, 如 https://exchange.example。",
            "It begins with https://, such as https://exchange.example.",
        ),
    )


def _choose(file: Path, key: str | None, taken: list[str], *, ask: bool) -> SourceChosen:
    """What the owner takes of the proposal; without asking, all of it."""
    if not file.is_file():
        raise NodeFault(
            "source-missing",
            Words(f"没有文件 {file}。", f"There is no file {file}."),
            Words("请检查路径。", "Check its path."),
        )
    proposal = look(file)
    if ask:
        _tell(file, proposal)
    chosen_key = _key(file, proposal, key, ask=ask)
    questions = tuple(each for each in proposal.questions if each.column != chosen_key)
    if ask:
        questions = tuple(each for each in questions if typer.confirm(f"  {_said(each)}", default=True))
    if not questions:
        raise NodeFault(
            "no-question",
            Words(f"{file.name} 中没有选定可问的问题。", f"No question was chosen for {file.name}."),
            Words("请对照 docs/guides/node.md 手写 node.toml。", "Write node.toml by hand; see docs/guides/node.md."),
        )
    return SourceChosen(file, proposal, source_id(file, taken), file.stem, chosen_key, questions)


def _key(file: Path, proposal: Proposal, key: str | None, *, ask: bool) -> str:
    if key is None and ask and proposal.keys:
        key = typer.prompt("  键列 · key column", default=proposal.keys[0])
    key = key or (proposal.keys[0] if proposal.keys else None)
    if key is not None and key in {name for name, _ in proposal.columns}:
        return key
    if key is None:
        raise NodeFault(
            "no-key-column",
            Words(
                f"{file.name} 没有一列是全部填写且互不相同的。",
                f"No column of {file.name} is filled and different in every row.",
            ),
            Words("请先给数据加上唯一的键列。", "Give the data a key column of its own first."),
        )
    raise NodeFault(
        "no-key-column",
        Words(f"{file.name} 没有列 {key}。", f"{file.name} has no column {key}."),
        Words("可选: " + "、".join(proposal.keys), "Those that could be: " + ", ".join(proposal.keys)),
    )


def _tell(file: Path, proposal: Proposal) -> None:
    typer.echo(
        f"{file.name}：{proposal.rows:,} 行，{len(proposal.columns)} 列，{proposal.encoding}"
        f" · {proposal.rows:,} rows, {len(proposal.columns)} columns"
    )
    if proposal.personal:
        names = "、".join(proposal.personal)
        typer.echo(f"  看似个人信息，不提议问题 · looks personal, nothing is proposed: {names}")


def _said(asked: Asked) -> str:
    if asked.edges:
        return f"{asked.column}: 分档 · bands {' / '.join(asked.edges)}"
    return f"{asked.column} = {asked.values[0]}: 是 / 否 · yes or no"


def _to_json(chosen: SourceChosen) -> dict[str, Any]:
    proposal = chosen.proposal
    return {
        "id": chosen.id, "file": str(chosen.file), "rows": proposal.rows, "encoding": proposal.encoding, "key": chosen.key,
        "keys_possible": list(proposal.keys), "looks_personal": list(proposal.personal),
        "questions": [{"id": each.id, "column": each.column, "values": list(each.values), "edges": list(each.edges)} for each in chosen.questions],
    }  # fmt: skip

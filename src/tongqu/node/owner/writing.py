"""Writes a first `node.toml` from what its owner said and what a look at the data proposed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tongqu.node.owner.looking import Asked, Proposal

_NAME = re.compile(r"[^A-Za-z0-9._:-]+")


@dataclass(frozen=True)
class SourceChosen:
    """A file and what its owner chose of the proposal."""

    file: Path
    proposal: Proposal
    id: str
    title: str
    key: str
    questions: tuple[Asked, ...]


@dataclass(frozen=True)
class NodeChosen:
    name: str
    exchange: str
    state: str = "state"
    host: str = "127.0.0.1"
    port: int = 8700
    address: str | None = None
    sources: tuple[SourceChosen, ...] = field(default=())


def source_id(file: Path, taken: Sequence[str] = ()) -> str:
    """A name for the source that is safe on the wire, from the file's own where it can be."""
    plain = _NAME.sub("-", file.stem).strip("-._:") or "source"
    found, number = plain[:60], 1
    while found in taken:
        number += 1
        found = f"{plain[:60]}-{number}"
    return found


def _text(value: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _texts(values: Sequence[str]) -> str:
    return "[" + ", ".join(map(_text, values)) + "]"


def node_toml(chosen: NodeChosen, folder: Path) -> str:
    """The file's text. A data file below `folder` is named by its way from there."""
    lines = [
        "# 本文件是数据持有方自己的同意: 交易所只能许可这里声明的方式与问题。",
        "# What stands here is the owner's own consent: nothing else can be permitted (docs/guides/node.md).",
        "",
        "[node]",
        f"name = {_text(chosen.name)}",
        f"exchange = {_text(chosen.exchange)}",
        f"state = {_text(chosen.state)}",
        f"address = {_text(chosen.address)}" if chosen.address else '# address = "https://node.example"',
        "",
        "[serve]",
        f"host = {_text(chosen.host)}",
        f"port = {chosen.port}",
    ]
    for source in chosen.sources:
        lines += _source(source, folder)
    return "\n".join(lines) + "\n"


def _source(chosen: SourceChosen, folder: Path) -> list[str]:
    file = chosen.file.resolve()
    path = os.path.relpath(file, folder) if file.is_relative_to(folder.resolve()) else str(file)
    lines = [
        "",
        "[[sources]]",
        f"id = {_text(chosen.id)}",
        f"kind = {_text(chosen.proposal.kind)}",
        f"path = {_text(path)}",
    ]
    if chosen.proposal.encoding != "utf-8":
        lines.append(f"encoding = {_text(chosen.proposal.encoding)}")
    title = _text(chosen.title)
    lines += [f"key = {_text(chosen.key)}", f"title = {{ zh = {title}, en = {title} }}", 'modes = ["verification"]']
    if chosen.proposal.personal:
        lines.append(
            f"# 看似个人信息, 未提议问题 · looks personal, nothing proposed: {', '.join(chosen.proposal.personal)}"
        )
    for question in chosen.questions:
        lines += ["", *_question(question)]
    return lines


def _question(asked: Asked) -> list[str]:
    column = asked.column
    lines = ["[[sources.questions]]", f"id = {_text(asked.id)}", f"column = {_text(column)}"]
    if asked.edges:
        title = {"zh": f"{column} 所在区间", "en": f"Band of {column}"}
        lines += ['answer = "bands"', f"edges = {_texts(asked.edges)}"]
    else:
        title = {"zh": f"{column} 是否为 {asked.values[0]}", "en": f"Is {column} {asked.values[0]}?"}
        lines += ['answer = "yes_no"', 'operator = "eq"', f"values = {_texts(asked.values)}"]
    lines.append(f"title = {{ zh = {_text(title['zh'])}, en = {_text(title['en'])} }}")
    return lines

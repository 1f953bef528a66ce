"""`tongqu verify`: whether a proof file holds. Offline: it reads the file and the key, and nothing else."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from tongqu.wire.proofs import BadProof, Verified, verify_proof
from tongqu.wire.seals import DatedKey, KeyRing
from tongqu.wire.story import FORMAT, BadStory, Keys, Step, verify_story


def verify(
    file: Annotated[Path, typer.Argument(help="证明文件 · the proof file", dir_okay=False)],
    key: Annotated[
        str | None, typer.Option(help="您信任的日志公钥，/log/key 的内容 · the log's verifier key that you trust")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="存有该公钥的文件 · a file that holds it", dir_okay=False)
    ] = None,
    exchange_key: Annotated[
        list[str] | None,
        typer.Option(
            help="您信任的交易所许可公钥（十六进制），换过的可多次 · the exchange's permit key, hex, for a story; once for each it has had"
        ),
    ] = None,
    node_key: Annotated[
        list[str] | None,
        typer.Option(
            help="您信任的节点公钥（十六进制），换过密钥的可多次 · the node's key, hex; once for each it has had"
        ),
    ] = None,
) -> None:
    """离线核验一份证明 · check a proof file offline"""
    trusted = key or (key_file.read_text("ascii").strip() if key_file else None)
    try:
        document = json.loads(file.read_text("utf-8"))
        if isinstance(document, dict) and document.get("format") == FORMAT:
            _tell_story(
                verify_story(document, Keys(_ring(exchange_key), _ring(node_key), trusted)),
                exchange_key[0] if exchange_key else None,
                node_key[0] if node_key else None,
                trusted,
            )
            return
        verified = verify_proof(document, trusted)
    except (OSError, UnicodeDecodeError) as error:
        _end(f"读不到文件 {file}", f"{file} cannot be read: {type(error).__name__}")
    except BadStory as bad:
        _end(f"证明不成立（format）：{bad.words.zh}", f"The story does not hold: {bad.words.en}")
    except BadProof as bad:
        _end(f"证明不成立（{bad.code}）：{bad.words.zh}", f"The proof does not hold: {bad.words.en}")
    except (ValueError, RecursionError):
        _end("证明不成立（format）：不是 JSON 文件", "The proof does not hold: this is not a JSON file")
    _tell(verified)


def _ring(keys: list[str] | None) -> KeyRing | None:
    return KeyRing(tuple(DatedKey(bytes.fromhex(key)) for key in keys)) if keys else None


def _tell_story(steps: list[Step], *trusted: str | None) -> None:
    """Every step with its mark; the command fails when one does not hold."""
    marks = {True: "✓", False: "✗", None: "–"}
    for step in steps:
        absent = ("（文件未载）", " (not in the file)") if step.holds is None else ("", "")
        print(f"{marks[step.holds]} {step.words.zh}{absent[0]} · {step.words.en}{absent[1]}")  # noqa: T201
    if not all(trusted):
        print("  有公钥未指定：这些步骤只按文件所载公钥核验 · a key was not given: those steps believe the file's own")  # noqa: T201
    if any(step.holds is False for step in steps):
        _end("调用过程不成立", "The story does not hold")


def _end(zh: str, en: str) -> Any:
    print(f"✗ {zh}\n  {en}", file=sys.stderr)  # noqa: T201
    raise typer.Exit(1)


def _tell(verified: Verified) -> None:
    envelope = verified.envelope
    lines = [
        ("证明成立", "The proof holds"),
        (f"事实 {envelope['procedure']}.{envelope['act']}，编号 {envelope['subject']}", f"at {envelope['at']}"),
        (f"存证位置 {verified.index}（共 {verified.size}）", f"log {verified.origin}"),
    ]
    if not verified.trusted:
        lines.append(
            (
                "未指定信任的公钥：只证明由文件所载公钥的持有者签署",
                "no trusted key was given: this proves only that the holder of the file's own key signed it",
            )
        )
    for number, (zh, en) in enumerate(lines):
        print(f"{'✓' if number == 0 else ' '} {zh} · {en}")  # noqa: T201

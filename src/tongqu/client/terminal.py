"""How the command speaks: both languages, every reason, an exit code; and a market to call from where it stands."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from tongqu.client import access
from tongqu.client.calls import BadAnswer, Node, OtherUse
from tongqu.client.market import Market, Problem, Unreachable
from tongqu.client.trade import NotAgreed, NotCollected, TookTooLong


def complain(zh: str, en: str) -> None:
    print(f"✗ {zh}\n  {en}", file=sys.stderr)  # noqa: T201 - this is what a command is for


def advise(zh: str, en: str) -> None:
    """What would mend it, below what was complained of."""
    _add("→", zh, en)


def say(zh: str, en: str) -> None:
    print(f"{zh} · {en}")  # noqa: T201


@contextmanager
def spoken() -> Iterator[None]:
    """Says what went wrong and what would mend it, and ends with 1."""
    try:
        yield
        return
    except Problem as problem:
        _tell(problem)
    except access.NoAccess as missing:
        complain(missing.words.zh + missing.mend.zh, f"{missing.words.en} {missing.mend.en}")
    except Unreachable as error:
        complain(
            f"联系不上：{error}。再发一次，不会重复办理或计费。",
            f"Cannot be reached: {error}. Sent again, nothing is done twice.",
        )
    except TookTooLong as error:
        complain(
            f"还没有到这一步（现在：{error.words.zh}），可稍后再试。",
            f"Not there yet (now: {error.words.en}). Go on later.",
        )
    except NotAgreed as error:
        complain(f"没有签署：{error.words.zh}", f"Nothing was signed: {error.words.en}")
    except NotCollected as error:
        collect = f"tongqu trade collect {error.negotiation}"
        complain(f"还没有调用口令，请先运行 {collect}", f"There is no call token yet. Run {collect} first.")
    except OtherUse as error:
        complain(error.words.zh, error.words.en)
    except BadAnswer as error:
        complain(
            f"节点的回答不可采信（{error.code}）：{error.words.zh}", f"The node's answer is not to be believed: {error}"
        )
    except FileNotFoundError as error:
        complain(f"没有文件 {error.filename or error}。", f"There is no {error.filename or error}.")
    except OSError as error:
        if error.filename is None:  # a pipe that was closed, say: nothing that a file would mend
            raise
        complain(f"文件 {error.filename} 无法读写（{error.strerror}）。", f"{error.filename}: {error.strerror}.")
    raise typer.Exit(1)


def _tell(problem: Problem) -> None:
    complain(f"{problem.title_zh}（{problem.code}）", f"{problem.title} ({problem.status})")
    for reason in problem.reasons:
        # A node's first reason was said already: it is the title.
        if reason.get("zh") != problem.title_zh:
            where = reason.get("field") or reason.get("cite")
            _add("-", f"{where} {reason.get('zh', '')}" if where else reason.get("zh"), reason.get("en"))
        advise(reason.get("mend_zh") or "", reason.get("mend_en") or "")
    advise(problem.mend_zh, problem.mend)


def _add(mark: str, zh: str | None, en: str | None) -> None:
    if zh or en:
        print(f"  {mark} {zh or ''} · {en or ''}", file=sys.stderr)  # noqa: T201


def tell_of_old(node: Node) -> None:
    """Of answers to calls that were begun in an earlier run and taken up again: nobody should take them for today's."""
    if node.old:
        at = f"{min(node.old).astimezone():%Y-%m-%d %H:%M}"
        advise(
            f"有 {len(node.old)} 次调用此前已发出而未得到回答，现在取回的是当时（{at} 起）的回答，没有重复计费；要此刻的回答，请再运行一次。",
            f"{len(node.old)} calls had been made before, without an answer: what came now is the answer of that time ({at}), not billed "
            "again. Run it once more for today's.",
        )


@contextmanager
def market(*, needs_key: bool = True) -> Iterator[Market]:
    """The exchange that the environment or the settings file names."""
    with spoken():
        found = access.find(needs_key=needs_key)
        with Market(found.url, found.key) as made:
            yield made

"""The owner's line: a Unix socket in the state folder, which only the node's own user (and root) may open.

One question is one line of JSON, `{"ask": …}`; so is the answer. There is no other right than that of the file system and
of who is at the other end, as the kernel says it: no password that could be lost, nothing that the network reaches.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tongqu.node.faults import NodeFault
from tongqu.node.logs import log
from tongqu.wire.words import Words

NAME = "owner.sock"
QUESTION_BYTES_MAX = 64 * 1024
ANSWER_BYTES_MAX = 64 * 1024 * 1024
QUESTION_SECONDS_MAX = 10

Answer = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]


class NotRunning(Exception):
    """No node answers in this state folder. What stands on disk can still be read."""


@contextlib.contextmanager
def _address(state: Path) -> Iterator[str]:
    """The socket's path, short enough for a socket however deep the folder lies."""
    path = state / NAME
    if len(os.fsencode(path)) < 100 or not Path("/proc/self/fd").is_dir():
        yield str(path)
        return
    folder = os.open(state, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{NAME}"
    finally:
        os.close(folder)


def _is_owner(writer: asyncio.StreamWriter) -> bool:
    """Whether the node's own user or root is at the other end, where the system tells it."""
    peer: socket.socket = writer.get_extra_info("socket")
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    told = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return struct.unpack("3i", told)[1] in {0, os.geteuid()}


class OwnerLine:
    """Serves the owner's questions while the node runs. `answers` has one function for each word that may be asked."""

    def __init__(self, state: Path, answers: Mapping[str, Answer]) -> None:
        self._state = state
        self._answers = answers

    async def serve(self) -> None:
        """Until it is cancelled. The lock on the folder is ours, so a socket that is here is of a node that was killed."""
        path = self._state / NAME
        path.unlink(missing_ok=True)
        try:
            with _address(self._state) as address:
                ear = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                before = os.umask(0o177)
                try:
                    ear.bind(address)
                finally:
                    os.umask(before)
            server = await asyncio.start_unix_server(self._hear, sock=ear, limit=QUESTION_BYTES_MAX)
        except OSError as error:  # a node serves its buyers even where its owner cannot ask it
            log.error("no line for the owner", error=type(error).__name__)
            return
        try:
            async with server:
                await server.serve_forever()
        finally:
            path.unlink(missing_ok=True)

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._answer(reader, is_owner=_is_owner(writer))
            writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
            await writer.drain()
        except (OSError, TimeoutError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, *, is_owner: bool) -> dict[str, Any]:
        try:
            async with asyncio.timeout(QUESTION_SECONDS_MAX):
                line = await reader.readline()
            if not is_owner:
                return {"fault": "not-the-owner"}
            asked = json.loads(line)
            answer = self._answers[asked["ask"]]
        except (ValueError, KeyError, TypeError, RecursionError, TimeoutError):
            return {"fault": "not-understood"}
        try:
            return {"told": await answer(asked)}
        except NodeFault as fault:
            return {"fault": fault.code, "words": fault.words.to_json(), "mend": fault.mend.to_json()}
        except Exception as error:  # its text may hold a row
            log.error("owner's question failed", error=type(error).__name__)
            return {"fault": "node-failed"}


def ask(state: Path, word: str, *, seconds_max: float = 10, **told: Any) -> dict[str, Any]:
    """What the running node answers. Raises NotRunning, or NodeFault with what the node refused."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(seconds_max)
        try:
            with _address(state) as address:
                line.connect(address)
            line.sendall(json.dumps({"ask": word, **told}).encode() + b"\n")
            answer = json.loads(_whole(line))
        except PermissionError as error:
            raise _fault("not-the-owner") from error
        except TimeoutError as error:
            raise _fault("no-answer") from error
        except (OSError, ValueError) as error:
            raise NotRunning from error
    if "told" in answer:
        return dict(answer["told"])
    if "words" in answer:
        words, mend = (Words(answer[part]["zh"], answer[part]["en"]) for part in ("words", "mend"))
        raise NodeFault(answer["fault"], words, mend)
    raise _fault(str(answer.get("fault")))


def _whole(line: socket.socket) -> bytes:
    told = bytearray()
    while piece := line.recv(1 << 16):
        told += piece
        if len(told) > ANSWER_BYTES_MAX:
            raise ValueError("too long to be an answer")
    return bytes(told)


_FAULTS = {
    "not-the-owner": (
        Words("只有运行节点的系统用户可以这样问。", "Only the system user who runs the node may ask this."),
        Words("请以该用户运行命令, 如 sudo -u tongqu-node …。", "Run the command as that user: sudo -u tongqu-node …"),
    ),
    "no-answer": (
        Words("节点没有按时回答。", "The node did not answer in time."),
        Words("请稍后再试; 若持续如此, 查看日志。", "Try again later; if it stays so, look into its log."),
    ),
    "not-understood": (
        Words("运行中的节点不认识这个问题。", "The running node does not know this question."),
        Words("节点与命令的版本须一致; 请重启节点。", "Node and command must be of one version; restart the node."),
    ),
}


def _fault(code: str) -> NodeFault:
    words, mend = _FAULTS.get(
        code,
        (
            Words("节点内部出错, 没有回答。", "The node failed inside and did not answer."),
            Words("请查看节点日志。", "Look into the node's log."),
        ),
    )
    return NodeFault(code, words, mend)

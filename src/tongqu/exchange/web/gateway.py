"""From the event loop to Django and back: a complete request becomes a WSGI environ, its answer comes piece by piece.

Everything of Django's happens on the one thread it is given, so its database connection stays that thread's own; between
two pieces the thread is free for others, so whoever reads slowly holds a file and no thread. This file knows no limits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, BinaryIO
from urllib.parse import unquote_to_bytes

PIECE_BYTES = 256 * 1024
Scope = Mapping[str, Any]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def environ_of(scope: Scope, body: BinaryIO, size: int) -> dict[str, Any]:
    """PEP 3333. A header with an underscore is left out: it would pass for the one with a hyphen that a proxy vouches for."""
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope.get("raw_path") or scope["path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FilePieces,
    }
    for name, value in scope["headers"]:
        if b"_" not in name:
            _put(environ, name.decode("latin-1"), value.decode("latin-1"))
    environ["CONTENT_LENGTH"] = str(size)  # what came, whatever was announced, and also when nothing was
    return environ


def _put(environ: dict[str, Any], name: str, value: str) -> None:
    key = name.upper().replace("-", "_")
    key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
    if key in environ:  # given twice
        value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
    environ[key] = value


class FilePieces:
    """What Django wraps a file in, whose `close` it has made the answer's own. Larger pieces than it asks for."""

    def __init__(self, file: Any, _block_bytes: int = 0) -> None:
        self._file = file
        self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self._file.read(PIECE_BYTES), b"")


class Answer:
    """One request at Django's. Every method runs on Django's thread; who has called `begin` must see to `close`."""

    def __init__(self, application: Application, environ: dict[str, Any]) -> None:
        self._application, self._environ = application, environ
        self._content: Iterable[bytes] | None = None
        self._pieces: Iterator[bytes] = iter(())
        self._sent = 0
        self._length: int | None = None
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.ended = False

    def begin(self) -> bytes:
        """Status, headers and the first piece; most answers are whole with it."""
        self._content = self._application(self._environ, self._start)
        self._pieces = iter(self._content)
        return self.more()

    def more(self) -> bytes:
        """The next piece. `ended` says that it is the last, and then the answer is closed."""
        piece = next(self._pieces, None)
        self._sent += len(piece or b"")
        if piece is None or self._sent == self._length:
            self.ended = True
            self.close()
        return piece or b""

    @property
    def open(self) -> bool:
        return self._content is not None

    def close(self) -> None:
        content, self._content = self._content, None
        if content is not None and hasattr(content, "close"):
            content.close()

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        self.status = int(status.split(" ", 1)[0])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self._length = next((int(value) for name, value in self.headers if name == b"content-length"), None)
        return _unused


def _unused(_: bytes) -> None:
    raise NotImplementedError("the house's answers are iterated, not written")

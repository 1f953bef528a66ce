"""Where the exchange is and with which key it is called: from the environment, or from a file only its owner reads.

`TONGQU_URL` and `TONGQU_API_KEY`, else `~/.config/tongqu/config.toml` with `url` and `api_key`. A key is never an
argument of a command: arguments are seen by every user of the machine.
"""

from __future__ import annotations

import os
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tongqu.wire.words import Words

LOCAL = "http://127.0.0.1:8600"


class NoAccess(Exception):
    """The address or the key is missing or unusable. `words` says which, `mend` what to do."""

    def __init__(self, code: str, words: Words, mend: Words) -> None:
        self.code, self.words, self.mend = code, words, mend
        super().__init__(f"{words.en} {mend.en}")


@dataclass(frozen=True)
class Access:
    """`key` is empty for the public part alone."""

    url: str
    key: str

    def __repr__(self) -> str:
        return f"Access({self.url!r}, {'with' if self.key else 'without'} a key)"


def folder() -> Path:
    """Where settings, signature keys and trades are kept: `~/.config/tongqu`, or below `XDG_CONFIG_HOME`."""
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "tongqu"


def find(*, needs_key: bool = True) -> Access:
    """The access that the environment or the file gives. Raises NoAccess."""
    kept = _file(folder() / "config.toml")
    url = (os.environ.get("TONGQU_URL") or kept.get("url") or LOCAL).rstrip("/")
    key = os.environ.get("TONGQU_API_KEY") or kept.get("api_key") or ""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NoAccess(
            "bad-url",
            Words(f"交易所地址 {url} 不正确。", f"The exchange's address {url} is not right."),
            Words("请设置 TONGQU_URL，如 https://exchange.example。", "Set TONGQU_URL, like https://exchange.example."),
        )
    if needs_key and not key:
        raise NoAccess(
            "no-key",
            Words("没有 API 密钥。", "There is no API key."),
            Words(
                "请在工作台生成密钥，设置 TONGQU_API_KEY，或写入 ~/.config/tongqu/config.toml（0600）。",
                "Make a key on your desk; set TONGQU_API_KEY, or write it to ~/.config/tongqu/config.toml (0600).",
            ),
        )
    return Access(url, key)


def _file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    check_private(path)
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise NoAccess(
            "bad-config",
            Words(f"配置文件 {path} 无法读取。", f"The file {path} cannot be read."),
            Words("请更正其内容（TOML：url、api_key）。", "Correct it: TOML with url and api_key."),
        ) from error
    return {name: str(values[name]) for name in ("url", "api_key") if name in values}


def check_private(path: Path) -> None:
    """Raises NoAccess for a file with a secret that others than its owner can read."""
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise NoAccess(
            "file-open-to-others",
            Words(f"文件 {path} 可被其他用户读取。", f"The file {path} can be read by others."),
            Words(f"请运行 chmod 600 {path}。", f"Run chmod 600 {path}."),
        )


def write_private(path: Path, content: bytes, *, fresh: bool = False) -> None:
    """Writes a file that only its owner can read, whole or not at all. With `fresh`, one that is there is left alone.

    Raises FileExistsError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        if fresh:
            os.link(draft, path)
        else:
            os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)

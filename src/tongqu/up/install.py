"""Makes `.venv` in the clone from the lock: what `make setup` runs, with nothing but Python's standard library.

Run by path with any Python 3.11 (`python3.11 -I src/tongqu/up/install.py`). Fast when nothing changed: a stamp holds
the digest of everything the environment was made from. Packages come from whatever index pip is configured for.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

CLONE = Path(__file__).resolve().parents[3]
VENV = CLONE / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
LOCK = CLONE / "requirements.lock"
STAMP = VENV / ".made-from"
LOCALE = CLONE / "src" / "tongqu" / "exchange" / "web" / "locale"


class Obstacle(Exception):
    """Setup cannot go on. Two sentences, Chinese and English, that say what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")


def main() -> int:
    try:
        setup()
    except Obstacle as obstacle:
        sys.stderr.buffer.write(f"{obstacle}\n".encode())
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def setup() -> None:
    """Bring the environment in line with the lock. Raises Obstacle."""
    if sys.version_info[:2] != (3, 11):
        found = ".".join(map(str, sys.version_info[:2]))
        raise Obstacle(
            f"需要 Python 3.11，当前是 {found}；请安装 python3.11 后再运行。",
            f"Python 3.11 is needed and this is {found}; install python3.11 and run again.",
        )
    if not os.access(CLONE, os.W_OK):
        raise Obstacle(
            f"目录 {CLONE} 不可写；请授予写权限，或克隆到可写的目录。",
            f"The folder {CLONE} cannot be written; grant write permission, or clone into a folder of yours.",
        )
    with _one_at_a_time():
        if _is_current():
            return
        _say("正在准备环境（首次需下载，约几分钟）…", "Setting up (the first time downloads; some minutes)…")
        _make_venv()
        _install_packages()
        _install_ourselves()
        _compile_locale()
        STAMP.write_text(_digest(), encoding="ascii")
        _say("环境已就绪。", "The environment is ready.")


class _one_at_a_time:  # noqa: N801 - reads as a word in `with`
    """Two `make` at once: the second waits, then finds everything done."""

    def __enter__(self) -> None:
        self.folder = os.open(CLONE, os.O_RDONLY)
        fcntl.flock(self.folder, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self.folder)


def _digest() -> str:
    """Everything the environment follows from: lock, project, Python, and the path (scripts carry it)."""
    digest = hashlib.sha256(f"{CLONE}\n{sys.version_info[:2]}\n".encode())
    for path in [LOCK, CLONE / "pyproject.toml", Path(__file__), *sorted(LOCALE.rglob("*.po"))]:
        digest.update(path.read_bytes() if path.exists() else b"-")
    return digest.hexdigest()


def _is_current() -> bool:
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="ascii") == _digest()


# --- the environment ------------------------------------------------------------------------------------------------


def _make_venv() -> None:
    """A fresh one when there is none, or it is broken, was moved, or is of another Python."""
    STAMP.unlink(missing_ok=True)
    if _venv_is_sound():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    made = _run([sys.executable, "-m", "venv", str(VENV)])
    if made.returncode == 0:
        return
    # Debian's python3 comes without ensurepip unless python3-venv is installed; a pip outside can do instead.
    shutil.rmtree(VENV, ignore_errors=True)
    bare = _run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
    if bare.returncode != 0 or _run([sys.executable, "-m", "pip", "--version"]).returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Obstacle(
            "Python 缺少 venv 模块，无法建立虚拟环境；Debian/Ubuntu 请先运行 apt-get install python3.11-venv。",
            "Python lacks the venv module; on Debian or Ubuntu run apt-get install python3.11-venv first.",
        )


def _venv_is_sound() -> bool:
    if not PYTHON.exists():
        return False
    answer = _run([str(PYTHON), "-c", "import sys; print(sys.version_info[:2] == (3, 11), sys.prefix)"])
    return answer.returncode == 0 and answer.stdout.split() == ["True", str(VENV)]


def _pip() -> list[str]:
    """The environment's own pip, or the one outside pointed at it."""
    if _run([str(PYTHON), "-m", "pip", "--version"]).returncode == 0:
        return [str(PYTHON), "-m", "pip"]
    if _run([str(PYTHON), "-m", "ensurepip"]).returncode == 0:
        return [str(PYTHON), "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", str(PYTHON)]


def _install_packages() -> None:
    """Exactly what the lock names, checked by hash: by uv, or by pip where the index has no uv."""
    if not UV.exists():
        _run([*_pip(), "install", "--quiet", "--disable-pip-version-check", "uv"])
    if UV.exists():
        done = _run([str(UV), "pip", "sync", "--quiet", "--python", str(PYTHON), str(LOCK)], env=_uv_environment())
    else:
        done = _run([*_pip(), "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", str(LOCK)])
    if done.returncode != 0:
        raise Obstacle(
            f"依赖包安装失败（{_reason(done)}）；请检查网络，或用 pip config set global.index-url 指定可用的镜像。",
            f"Packages could not be installed ({_reason(done)}); check the network, or name a mirror with "
            "pip config set global.index-url.",
        )


def _install_ourselves() -> None:
    """Tongqu itself, as the clone it is."""
    if UV.exists():
        command = [str(UV), "pip", "install", "--quiet", "--python", str(PYTHON), "--no-deps", "-e", str(CLONE)]
    else:
        command = [*_pip(), "install", "--quiet", "--no-deps", "-e", str(CLONE)]
    done = _run(command, env=_uv_environment())
    if done.returncode != 0:
        raise Obstacle(
            f"通衢自身安装失败（{_reason(done)}）；请检查网络后再次运行。",
            f"Tongqu itself could not be installed ({_reason(done)}); check the network and run again.",
        )


def _compile_locale() -> None:
    """English words for the pages: .mo from .po."""
    if any(LOCALE.rglob("*.po")):
        done = _run([str(PYTHON), "-m", "tongqu.exchange.web.translations"])
        if done.returncode != 0:
            raise Obstacle(
                f"译文编译失败（{_reason(done)}）；请更正 {LOCALE} 下的 .po 文件。",
                f"The translations do not compile ({_reason(done)}); correct the .po files under {LOCALE}.",
            )


# --- running things -------------------------------------------------------------------------------------------------


def _run(command: list[str], env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    env = dict(os.environ if env is None else env)
    env.pop("VIRTUAL_ENV", None)
    env.pop("PYTHONHOME", None)
    try:
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", env=env, cwd=CLONE, check=False
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 126, "", str(error))


def _uv_environment() -> dict[str, str]:
    """uv does not read pip's configuration: hand it the index, the certificate and a cache it can write."""
    told = dict(os.environ)
    pip = _pip_configuration()
    index = [
        told.get("PIP_INDEX_URL") or pip.get("index-url", ""),
        told.get("PIP_EXTRA_INDEX_URL") or pip.get("extra-index-url", ""),
    ]
    links = told.get("PIP_FIND_LINKS") or pip.get("find-links", "")
    certificate = told.get("PIP_CERT") or pip.get("cert", "")
    for name, value in (
        ("UV_DEFAULT_INDEX", index[0]),
        ("UV_INDEX", " ".join(index[1].split())),
        ("UV_FIND_LINKS", ",".join(links.split())),
        ("SSL_CERT_FILE", certificate),
        ("UV_INSECURE_HOST", " ".join((told.get("PIP_TRUSTED_HOST") or pip.get("trusted-host", "")).split())),
    ):
        if value and not told.get(name):
            told[name] = value
    if not told.get("UV_CACHE_DIR") and not _home_is_writable():
        told["UV_CACHE_DIR"] = str(VENV / ".uv-cache")
    told["UV_PYTHON_DOWNLOADS"] = "never"
    return told


def _pip_configuration() -> dict[str, str]:
    """`pip config list` as a dictionary; `global.` and `install.` are the sections that matter."""
    found = {}
    for line in _run([*_pip(), "config", "list"]).stdout.splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.partition(".")
        if section in {"global", "install"}:
            found[key] = value.strip("'\"").replace("\\n", " ")
    return found


def _home_is_writable() -> bool:
    home = Path(os.path.expanduser("~"))
    return home.is_dir() and os.access(home, os.W_OK)


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    """The last line that says something: an installer ends with the cause."""
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return (lines[-1] if lines else f"exit {done.returncode}")[:300]


def _say(zh: str, en: str) -> None:
    sys.stdout.buffer.write(f"{zh}  {en}\n".encode())
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

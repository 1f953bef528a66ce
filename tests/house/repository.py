"""What the house tests look at: the files of the repository, as git knows them."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tongqu"
EXCHANGE = SOURCE / "exchange"
MADE_FOR_DJANGO = {"migrations", "management", "templatetags"}
LEFT_ALONE = {".git", ".venv", "var", "dist", "__pycache__", "vendor", ".mypy_cache", ".ruff_cache", ".hypothesis"}


@cache
def files(suffix: str = "") -> tuple[Path, ...]:
    """Every file of ours: committed or about to be, none that others wrote (vendor/), none that is made (var/)."""
    try:
        order = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listed = subprocess.run(order, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):  # a tarball knows no git
        listed = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")]
    found = (ROOT / name for name in listed if name and not LEFT_ALONE & set(Path(name).parts))
    return tuple(sorted(path for path in found if path.is_file() and path.name.endswith(suffix)))


def python(under: Path = ROOT) -> list[Path]:
    return [path for path in files(".py") if path.is_relative_to(under)]


def modules() -> list[Path]:
    """The folders of modules, as `exchange/trading/delivery`; the doors (web) have rooms of another kind."""
    found = [path.parent.relative_to(EXCHANGE) for path in python(EXCHANGE) if path.name == "__init__.py"]
    return [
        EXCHANGE / path
        for path in found
        if len(path.parts) == 2 and path.name not in MADE_FOR_DJANGO and path.parts[0] != "web"
    ]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))

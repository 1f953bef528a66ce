"""Names say what a thing is; a name that fits anything says nothing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.repository import EXCHANGE, SOURCE, files, modules, name, python

EMPTY_FILE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "services", "managers", "signals"}
READ_BY_PEOPLE = {".py", ".md", ".html", ".css", ".yaml", ".yml", ".toml", ".sh", ".typ", ""}
EMPTY_CLASS_ENDINGS = ("Manager", "Handler", "Service", "Helper", "Processor", "Util", "Utils", "Mixin")
FACE_DOINGS_MAX = 8

# Faces that offer more to do than eight things, and how many. A number here may only shrink.
WIDE = {
    "bedrock/procedures": 22,
    "bedrock/calendar": 15,
    "registry/ownership": 16,
    "registry/authorisation": 18,
    "registry/publicdata": 12,
    "registry/harvest": 10,
    "members/parties": 12,
    "bedrock/law": 11,
    "members/nodes": 11,
    "bedrock/evidence": 13,
}

# Words of a workplace, of people's tools and of hosts that packages came from do not belong into the product.
FOREIGN = tuple(
    word.replace("·", "")
    for word in (
        r"/wo·rk/", r"\.\./sha·red", r"\bCla·ude\b", r"\bAnthro·pic\b", r"\bChat·GPT\b", r"\bsub·agent",
        r"py·pi\.org", r"python·hosted\.org", r"npm·js\.(org|com)", r"registry\.·npm",
    )
)  # fmt: skip


def test_no_file_has_a_name_that_fits_anything() -> None:
    assert [name(path) for path in python() if path.stem in EMPTY_FILE_NAMES] == []


def test_no_class_has_a_name_that_fits_anything() -> None:
    found = [
        f"{name(path)}: {node.name}"
        for path in python(SOURCE)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and node.name.endswith(EMPTY_CLASS_ENDINGS)
    ]
    assert found == []


def test_nothing_is_left_to_do() -> None:
    mark = re.compile(r"\b(TO·DO|FIX·ME|HA·CK)\b".replace("·", ""))
    found = [
        f"{name(path)}:{number}"
        for path in files()
        if path.suffix in {".py", ".md", ".html", ".css", ".yaml", ".yml", ".toml", ".sh", ".typ"}
        or path.name == "Makefile"
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if mark.search(line)
    ]
    assert found == []


def test_no_file_of_the_source_is_too_long_to_read() -> None:
    long = {name(path): count for path in python(SOURCE) if (count := len(path.read_text("utf-8").splitlines())) > 800}
    assert long == {}


def test_every_file_of_the_source_says_what_it_is_for() -> None:
    """A first sentence each; empty package markers and migrations, whose names say it, need none."""
    found = [
        name(path)
        for path in python(SOURCE)
        if "migrations" not in path.parts and path.read_text("utf-8").strip()
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []


def test_no_words_of_a_workplace() -> None:
    foreign = re.compile("|".join(FOREIGN), re.IGNORECASE)
    found = [
        f"{name(path)}:{number}: {line.strip()[:100]}"
        for path in files()
        if path.suffix in READ_BY_PEOPLE | {".js", ".lock", ".po"}
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if foreign.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("module", modules(), ids=lambda path: str(path.relative_to(EXCHANGE)))
def test_a_module_has_a_small_face(module: Path) -> None:
    """One sentence of purpose and two to eight things to do; words (types, errors, constants) come on top."""
    tree = ast.parse((module / "__init__.py").read_text("utf-8"))
    assert ast.get_docstring(tree), "the face says in a sentence what the module is for"
    names = _all(tree)
    assert names is not None, "the face lists its names in __all__"
    assert len(names) >= 2
    doings = [each for each in names if each[0].islower()]
    most = WIDE.get(str(module.relative_to(EXCHANGE)), FACE_DOINGS_MAX)
    assert len(doings) <= most, f"{len(doings)} things to do: {', '.join(doings)}"


def _all(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return list(ast.literal_eval(node.value))
    return None

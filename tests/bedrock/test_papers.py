"""Papers: what is taken, what is not, and what is left when something breaks."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.papers import kinds
from tongqu.exchange.bedrock.papers.models import PaperRow
from tongqu.exchange.bedrock.papers.store import FolderStore

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
PDF = b"%PDF-1.7\n" + b"x" * 100


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:  # as of one moment, for cases are told apart by what they hold
            archive.writestr(zipfile.ZipInfo(name), "x")
    return out.getvalue()


def _workbook() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


@pytest.fixture
def root(settings: Any, tmp_path: Path) -> Path:
    settings.PAPERS_ROOT = tmp_path / "papers"
    return tmp_path / "papers"


def _lying(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()] if root.exists() else []


def keep(content: Any, name: str, **more: Any) -> papers.Paper:
    return papers.keep(content, name=name, at=NOON, by=more.pop("by", 7), **more)


GOOD = [
    ("a.pdf", PDF),
    ("a.PNG", b"\x89PNG\r\n\x1a\n" + b"\x00" * 20),
    ("a.jpeg", b"\xff\xd8\xff\xe0" + b"\x00" * 20),
    ("a.csv", "日期,金额\r\n2026-03-02,1.00\r\n".encode()),
    ("银行.csv", "日期,金额\r\n2026-03-02,1.00\r\n".encode("gb18030")),
    ("a.txt", "\ufeff说明\t第二列\n".encode()),
    ("a.json", b'{"a": [1, null]}'),
    ("a.zip", _zip("x.txt")),
    ("a.xlsx", _workbook()),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "content"), GOOD)
def test_a_paper_is_kept_under_its_hash_and_given_back_whole(root: Path, name: str, content: bytes) -> None:
    kept = keep(content, name)
    assert kept.sha256 == hashlib.sha256(content).hexdigest()
    assert (kept.size, kept.name, kept.kept_by, kept.kept_at) == (len(content), name, 7, NOON)
    assert papers.content(kept.sha256) == content
    assert [path.name for path in _lying(root)] == [kept.sha256[2:]]


BAD = [
    ("a.exe", b"MZ\x90", "paper-kind"),
    ("a", b"x", "paper-kind"),
    ("a.html", b"<script>", "paper-kind"),
    ("a.svg", b"<svg/>", "paper-kind"),
    ("a.pdf", b"", "paper-content"),
    ("a.txt", b"", "paper-content"),
    ("a.pdf", b"MZ\x90" + PDF, "paper-content"),
    ("a.pdf", b"<html>", "paper-content"),
    ("a.png", b"\xff\xd8\xff\xe0", "paper-content"),
    ("a.jpg", b"\x89PNG\r\n\x1a\n", "paper-content"),
    ("a.csv", b"a,b\x00c", "paper-content"),
    ("a.csv", b"\x7fELF\x02\x01\x01", "paper-content"),
    ("a.txt", b"\xff\xff\xff", "paper-content"),
    ("a.json", b'{"a": ', "paper-content"),
    ("a.json", b"[" * 200_000, "paper-content"),
    ("a.json", '{"a":"中"}'.encode("gb18030"), "paper-content"),
    ("a.zip", b"PK\x03\x04 and then nothing", "paper-content"),
    ("a.zip", _zip("x.txt")[:-10], "paper-content"),
    ("a.xlsx", _zip("x.txt"), "paper-content"),
    ("a.xlsx", _zip("[Content_Types].xml", "word/document.xml"), "paper-content"),
    ("a.xlsx", PDF, "paper-content"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "content", "code"), BAD)
def test_what_is_not_what_it_says_is_refused_and_leaves_nothing(
    root: Path, name: str, content: bytes, code: str
) -> None:
    with pytest.raises(papers.BadPaper) as refused:
        keep(content, name)
    assert refused.value.code == code
    assert refused.value.mend.zh
    assert _lying(root) == []
    assert not PaperRow.objects.exists()


@pytest.mark.django_db
def test_the_kind_named_by_the_giver_is_checked_as_well(root: Path) -> None:
    assert keep(PDF, "证书", media_type="application/pdf").media_type == "application/pdf"
    with pytest.raises(papers.BadPaper):
        keep(PDF, "a.pdf", media_type="image/png")
    with pytest.raises(papers.BadPaper):
        keep(b"<script>", "a.txt", media_type="text/html")


@pytest.mark.django_db
def test_a_paper_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(root: Path, settings: Any) -> None:
    settings.PAPER_BYTES_MAX = len(PDF)
    keep(PDF, "a.pdf")
    with pytest.raises(papers.BadPaper) as refused:
        keep(PDF + b"x", "a.pdf")
    assert refused.value.code == "paper-size"
    assert len(_lying(root)) == 1


@pytest.mark.django_db
def test_an_upload_without_an_end_is_cut_while_it_comes(root: Path, settings: Any) -> None:
    settings.PAPER_BYTES_MAX = 1_000_000
    drawn = 0

    def endless() -> Iterator[bytes]:
        nonlocal drawn
        while True:
            drawn += 1
            yield PDF * 100

    with pytest.raises(papers.BadPaper):
        keep(endless(), "a.pdf")
    assert drawn < 200
    assert _lying(root) == []


@pytest.mark.django_db
def test_nobody_hands_in_more_than_a_days_share(root: Path, settings: Any) -> None:
    settings.PAPER_BYTES_A_DAY = 2 * len(PDF) + 2
    keep(PDF, "a.pdf", person=1)
    keep(PDF, "again.pdf", person=1)  # it lies there already and costs nothing
    keep(PDF + b"2", "b.pdf", person=1)
    with pytest.raises(papers.BadPaper) as refused:
        keep(PDF + b"3", "c.pdf", person=1)
    assert refused.value.code == "paper-budget"
    assert len(_lying(root)) == 2
    keep(PDF + b"3", "c.pdf", person=2)  # each has a share of one's own
    keep(PDF + b"4", "d.pdf")  # what the house makes is not handed in
    papers.keep(PDF + b"5", name="e.pdf", at=NOON + timedelta(days=1), by=7, person=1)


@pytest.mark.django_db
def test_a_single_paper_beyond_the_share_is_refused_too(root: Path, settings: Any) -> None:
    settings.PAPER_BYTES_A_DAY = len(PDF) - 1
    with pytest.raises(papers.BadPaper):
        keep(PDF, "a.pdf", person=1)
    assert _lying(root) == []


@pytest.mark.parametrize(
    ("content", "fits"),
    [
        (b"[" + b"{}," * 5_000_000 + b"{}]", True),
        (b'{"a": "' + b"x" * 3_000_000 + b'"}\n', True),
        (b"[" + b"{}," * 1_000_000, False),
        (b"x" * 3_000_000, False),
        (b"[" + b"\x00" * 3_000_000 + b"]", False),
        (b'["' + b"\xff" * 3_000_000 + b'"]', False),
    ],
)
def test_a_long_json_is_judged_without_being_built(content: bytes, fits: bool) -> None:
    paper = io.BytesIO(content)
    tracemalloc.start()
    try:
        assert kinds.fits(kinds.JSON, paper) is fits
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_an_archive_with_an_endless_list_is_refused_before_the_list_is_read() -> None:
    one = b"PK\x01\x02" + b"\x00" * 24 + (1).to_bytes(2, "little") + b"\x00" * 16 + b"a"
    listed = one * 300_000
    end = b"PK\x05\x06" + b"\x00" * 4 + b"\xff\xff" * 2 + len(listed).to_bytes(4, "little") + (4).to_bytes(4, "little")
    content = io.BytesIO(b"PK\x03\x04" + listed + end + b"\x00\x00")
    tracemalloc.start()
    try:
        assert kinds.fits(kinds.ZIP, content) is False
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.django_db
def test_an_upload_that_breaks_off_leaves_nothing(root: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield PDF
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        keep(broken(), "a.pdf")
    assert _lying(root) == []
    assert not PaperRow.objects.exists()


def test_a_process_killed_in_the_middle_leaves_no_paper_and_its_half_is_cleared_a_day_later(tmp_path: Path) -> None:
    dying = (
        "import os, signal, sys; from pathlib import Path\n"
        "from tongqu.exchange.bedrock.papers.store import FolderStore\n"
        "draft = FolderStore(Path(sys.argv[1])).draft(); draft.write(b'x' * 100_000); draft.file.flush()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "DJANGO_SETTINGS_MODULE": "tongqu.exchange.settings",
    }
    dying = "import django; django.setup()\n" + dying
    died = subprocess.run([sys.executable, "-c", dying, str(tmp_path)], env=environment, timeout=60, check=False)
    assert died.returncode == -9
    (half,) = _lying(tmp_path)
    store = FolderStore(tmp_path)
    assert half.parent == store.halves
    kept = store.put(PDF)
    assert half.exists()
    os.utime(half, (time.time() - 90_000, time.time() - 90_000))
    store.put(PDF)
    assert _lying(tmp_path) == [store.place(kept)]


@pytest.mark.django_db
def test_the_same_content_is_stored_once_and_known_by_each_giver(root: Path) -> None:
    one, other, again = keep(PDF, "甲.pdf", by=7), keep(PDF, "乙.pdf", by=8), keep(PDF, "again.pdf", by=7)
    assert one.sha256 == other.sha256
    assert again == one
    assert len(_lying(root)) == 1
    assert papers.paper_of(one.sha256, 8) == other
    assert papers.paper_of(one.sha256, 9) is None
    assert papers.paper(one.sha256) == one
    assert papers.paper("0" * 64) is None


@pytest.mark.django_db
def test_a_changed_or_missing_paper_is_not_given_out_and_is_named(root: Path) -> None:
    kept, gone = keep(PDF, "a.pdf"), keep(PDF + b"2", "b.pdf")
    assert papers.audit() == []
    place = FolderStore(root).place(kept.sha256)
    place.write_bytes(PDF.replace(b"x", b"y", 1))
    FolderStore(root).place(gone.sha256).unlink()
    for lost in (kept, gone):
        with pytest.raises(papers.LostPaper):
            papers.content(lost.sha256)
    assert sorted(fault.split(":")[0] for fault in papers.audit()) == sorted([kept.sha256, gone.sha256])
    keep(PDF, "a.pdf")  # whoever has the paper can mend the store by handing it in again
    assert papers.content(kept.sha256) == PDF


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["../../secret", "/etc/passwd", "A" * 64, "", "0" * 63, "0" * 64 + "\n"])
def test_a_hash_from_outside_does_not_lead_out_of_the_folder(root: Path, path: str) -> None:
    (root.parent / "secret").write_bytes(b"s")
    with pytest.raises(papers.LostPaper):
        papers.content(path)
    assert not FolderStore(root).exists(path)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given_name", "kept_name"),
    [
        ("../../etc/a.pdf", "a.pdf"),
        ("C:\\temp\\证书.pdf", "证书.pdf"),
        ('a"\r\nX: y.pdf', 'a"X: y.pdf'),
        ("x" * 300 + ".pdf", "x" * 200),
    ],
)
def test_a_name_is_only_a_name(root: Path, given_name: str, kept_name: str) -> None:
    assert keep(PDF, given_name).name == kept_name


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1), st.sampled_from(["utf-8", "gb18030"]))
def test_any_text_is_text_in_either_encoding(text: str, encoding: str) -> None:
    assert kinds.fits(kinds.TEXT, io.BytesIO(text.encode(encoding)))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_any_json_is_json(value: Any) -> None:
    assert kinds.fits(kinds.JSON, io.BytesIO(json.dumps(value, ensure_ascii=True).encode()))


@given(st.binary(max_size=300), st.sampled_from(sorted(kinds.KINDS)))
def test_no_bytes_make_the_check_itself_fail(content: bytes, kind: str) -> None:
    assert kinds.fits(kind, io.BytesIO(content)) in {True, False}

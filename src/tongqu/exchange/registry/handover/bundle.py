"""The file in which a registrar hands everything over: lines of JSON and papers in a ZIP, each with its digest, under one signature.

Written and read as a stream: a line at a time, a paper in pieces. Needs no database and no house: whoever has the file and
the registrar's public key can check all of it (docs/guides/registrars.md describes the format). No Django.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.attestation import base58
from tongqu.wire.proofs import BadProof, verify_proof
from tongqu.wire.seals import BadSeal, Signer, verify_bytes

FORMAT = "tongqu-hand-over/1"
PARTS = ("registrations", "matters", "lists", "papers")
LINE_BYTES_MAX = 32_000_000
"""One record with all its evidence. What is longer is neither written nor read, and both say so."""
PAPER_BYTES_MAX = 1_000_000_000
"""One paper: far more than any upload takes, and a bound for what a bundle of somebody else may ask to be kept."""
MANIFEST_BYTES_MAX = 200_000
_PIECE = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError)


class BadBundle(ValueError):
    """The bundle is not whole or not as it was signed. `part` and `line` (from 1) say where it differs. Ask for it again."""

    code = "bad-bundle"
    mend = Words("请向移交机构重新索取移交包。", "Ask who hands it over for the bundle again.")

    def __init__(self, part: str, line: int | None, zh: str, en: str) -> None:
        self.part, self.line = part, line
        where_zh = f"{part} 第 {line:,} 行" if line else part
        where_en = f"{part}, line {line:,}" if line else part
        self.words = Words(f"{where_zh}：{zh}", f"{where_en}: {en}")
        super().__init__(self.words.en)


def line_of(value: Mapping[str, Any]) -> bytes:
    """One line, always the same for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


class Writer:
    """Writes one bundle; parts and papers in any order, the manifest last."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self._parts: dict[str, Any] = {}
        self._papers = self._bytes = 0

    def part(self, name: str, lines: Iterable[Mapping[str, Any]]) -> int:
        """Writes the lines and, beside them, the digest of each. How many they were."""
        whole, count, size = hashlib.sha256(), 0, 0
        with TemporaryFile() as digests:
            with self._zip.open(f"{name}.jsonl", "w", force_zip64=True) as out:
                for value in lines:
                    line = line_of(value)
                    if len(line) > LINE_BYTES_MAX:
                        raise _long(f"{name}.jsonl", count + 1)
                    out.write(line)
                    digests.write(hashlib.sha256(line).hexdigest().encode() + b"\n")
                    count, size = count + 1, size + len(line)
            digests.seek(0)
            with self._zip.open(f"digests/{name}.txt", "w", force_zip64=True) as out:
                while piece := digests.read(_PIECE):
                    whole.update(piece)
                    out.write(piece)
        self._parts[name] = {"lines": count, "bytes": size, "digests": whole.hexdigest()}
        return count

    def paper(self, sha256: str, content: BinaryIO) -> int:
        size = 0
        with self._zip.open(f"papers/{sha256}", "w", force_zip64=True) as out:
            while piece := content.read(_PIECE):
                size += len(piece)
                if size > PAPER_BYTES_MAX:
                    raise _huge(f"papers/{sha256}")
                out.write(piece)
        self._papers, self._bytes = self._papers + 1, self._bytes + size
        return size

    def close(self, manifest: Mapping[str, Any], signer: Signer) -> dict[str, Any]:
        """The manifest with what was counted, signed; the bundle is complete. Returns the manifest."""
        whole = {
            "format": FORMAT, **manifest, "parts": self._parts, "papers": {"count": self._papers, "bytes": self._bytes},
            "public": base58.multikey(signer.public_bytes),
        }  # fmt: skip
        text = line_of(whole)
        self._zip.writestr("manifest.json", text)
        self._zip.writestr("manifest.sig", base58.encode(signer.sign(text)))
        self._zip.close()
        return whole


def _long(part: str, line: int) -> BadBundle:
    most = f"{LINE_BYTES_MAX // 1_000_000:,} MB"
    return BadBundle(part, line, f"一条记录超过上限 {most}", f"one record is larger than {most}, the most there may be")


def _huge(name: str) -> BadBundle:
    most = f"{PAPER_BYTES_MAX // 1_000_000:,} MB"
    return BadBundle(name, None, f"文件超过上限 {most}", f"it is larger than {most}, the most there may be")


@dataclass(frozen=True)
class Report:
    """What was checked: the signed manifest, and how many facts were proven against the log of who hands over."""

    manifest: Mapping[str, Any]
    facts: int


def opened(file: BinaryIO) -> zipfile.ZipFile:
    """Raises BadBundle for what is no ZIP."""
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        raise BadBundle("bundle", None, "不是移交包，或文件不完整", "it is no bundle, or it is cut short") from error


def manifest_of(bundle: zipfile.ZipFile, public: str | None = None) -> dict[str, Any]:
    """The manifest, once its signature holds: under this very key where one is named. Raises BadBundle."""
    try:
        text, sig = _small(bundle, "manifest.json"), _small(bundle, "manifest.sig").decode()
        found = json.loads(text)
        if found["format"] != FORMAT or set(found["parts"]) != set(PARTS):
            raise BadBundle("manifest.json", None, "不是本格式", "it is of another format")
        if public is not None and found["public"] != public:
            raise BadBundle("manifest.json", None, "不是所指的密钥签名", "it is signed with another key than was named")
        verify_bytes(base58.public_of(found["public"]), base58.decode(sig), text)
    except (KeyError, TypeError, ValueError, BadSeal, RecursionError) as error:
        if isinstance(error, BadBundle):
            raise
        raise BadBundle("manifest.json", None, "签名与内容不符", "the signature does not fit") from error
    return dict(found)


def _small(bundle: zipfile.ZipFile, name: str) -> bytes:
    with _entry(bundle, name) as file:
        try:
            found = file.read(MANIFEST_BYTES_MAX + 1)
        except _DAMAGED as error:
            raise BadBundle(name, None, "损坏", "it is damaged") from error
    if len(found) > MANIFEST_BYTES_MAX:
        raise BadBundle(name, None, "过大", "it is too large")
    return found


def _entry(bundle: zipfile.ZipFile, name: str) -> IO[bytes]:
    try:
        return bundle.open(name)
    except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise BadBundle(name, None, "缺失或损坏", "it is missing or damaged") from error


def lines(bundle: zipfile.ZipFile, manifest: Mapping[str, Any], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every line of a part with its number, each once its digest fits; then that none is missing. Raises BadBundle."""
    told, part, whole, number = manifest["parts"][name], f"{name}.jsonl", hashlib.sha256(), 0
    with _entry(bundle, part) as file, _entry(bundle, f"digests/{name}.txt") as digests:
        try:
            while line := file.readline(LINE_BYTES_MAX + 1):
                number += 1
                if len(line) > LINE_BYTES_MAX:
                    raise _long(part, number)
                wanted = digests.readline(100)
                whole.update(wanted)
                if hashlib.sha256(line).hexdigest().encode() + b"\n" != wanted:
                    raise BadBundle(part, number, "内容与签名的摘要不符", "it differs from what was signed")
                yield number, _record(line, part, number)
            whole.update(digests.read(1))
        except _DAMAGED as error:
            raise BadBundle(part, number + 1, "损坏", "it is damaged") from error
    if number != told["lines"]:
        raise BadBundle(part, number + 1, f"应有 {told['lines']:,} 行", f"there should be {told['lines']:,} lines")
    if whole.hexdigest() != told["digests"]:
        raise BadBundle(f"digests/{name}.txt", None, "摘要表被改动", "the list of digests was changed")


def _record(line: bytes, part: str, number: int) -> dict[str, Any]:
    """What a line says. Raises BadBundle for what no database keeps as well: it would meet the same each time."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadBundle(part, number, "不是一条记录", "it is no record") from error
    if not isinstance(found, dict) or b"\\u0000" in line:
        raise BadBundle(part, number, "不是一条记录", "it is no record")
    return found


def paper(bundle: zipfile.ZipFile, sha256: str, size: int) -> Iterator[bytes]:
    """A paper in pieces. Raises BadBundle, at the latest after the last piece, when it is not the one of that digest."""
    found, left = hashlib.sha256(), size
    name = f"papers/{sha256}"
    if size > PAPER_BYTES_MAX:
        raise _huge(name)
    with closing(_entry(bundle, name)) as file:
        try:
            while piece := file.read(_PIECE):
                found.update(piece)
                left -= len(piece)
                if left < 0:
                    break
                yield piece
        except _DAMAGED as error:
            raise BadBundle(name, None, "文件损坏", "the file is damaged") from error
    if left or found.hexdigest() != sha256:
        raise BadBundle(name, None, "文件与其摘要不符", "the file does not fit its digest")


def verify(file: BinaryIO, *, public: str | None = None) -> Report:
    """Everything: signature, every line, every proof against the log's key, every paper. Raises BadBundle at the first fault."""
    with opened(file) as bundle:
        manifest = manifest_of(bundle, public)
        allowed = {
            "manifest.json",
            "manifest.sig",
            *(f"{p}.jsonl" for p in PARTS),
            *(f"digests/{p}.txt" for p in PARTS),
        }
        facts = papers = 0
        for part in ("registrations", "matters"):
            for number, line in lines(bundle, manifest, part):
                try:
                    facts += _proven(line, manifest, f"{part}.jsonl", number)
                except BadBundle:
                    raise
                except _LACKS as error:
                    raise _lacking(f"{part}.jsonl", number) from error
        for _ in lines(bundle, manifest, "lists"):
            pass
        for number, line in lines(bundle, manifest, "papers"):
            papers += 1
            try:
                named, size = str(line["sha256"]), int(line["size"])
            except _LACKS as error:
                raise _lacking("papers.jsonl", number) from error
            for _ in paper(bundle, named, size):
                pass
            allowed.add(f"papers/{named}")
        strange = next((name for name in bundle.namelist() if name not in allowed), None)
        if strange is not None or len(bundle.namelist()) != len(set(bundle.namelist())):
            raise BadBundle(strange or "bundle", None, "清单之外的内容", "it is not of the manifest")
        if papers != manifest.get("papers", {}).get("count"):
            raise BadBundle("papers.jsonl", None, "文件数与清单不符", "the number of papers differs")
    return Report(manifest, facts)


_LACKS = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


def _lacking(part: str, number: int) -> BadBundle:
    return BadBundle(part, number, "缺少必要内容", "it lacks what it must say")


def _proven(line: Mapping[str, Any], manifest: Mapping[str, Any], part: str, number: int) -> int:
    """The facts of a record hold against the log, are its own, and one of them bears the digest of each certificate."""
    digests = set()
    for proof in line["facts"]:
        try:
            envelope = verify_proof(proof, manifest["log_key"]).envelope
        except BadProof as bad:
            raise BadBundle(
                part, number, f"存证证明不成立：{bad.words.zh}", f"a proof does not hold: {bad.words.en}"
            ) from bad
        if (envelope["procedure"], envelope["subject"]) != (line["table"], str(line["number"])):
            raise BadBundle(part, number, "存证属于另一事项", "a fact is of another matter")
        digests.add(envelope["body"].get("data", {}).get("content_digest"))
    if not isinstance(line["row"]["state"], str):
        raise TypeError("state")
    for certificate in line.get("certificates", ()):
        if certificate["content_digest"] not in digests:
            raise BadBundle(
                part, number, f"凭证 {certificate['code']} 没有存证", f"{certificate['code']} has no evidence"
            )
    return len(line["facts"])

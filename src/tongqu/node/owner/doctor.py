"""Looks at a node from outside, one thing after another, and says of each what it found and what would mend it.

It changes nothing. Beside a running node it asks that node; without one it opens the sources as the node would, in a
folder that is thrown away afterwards.
"""

from __future__ import annotations

import os
import resource
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tongqu.node.config import NodeConfig, SourceConfig, read_config
from tongqu.node.faults import NodeFault
from tongqu.node.meters import JournalDamaged
from tongqu.node.owner import NotRunning, ask
from tongqu.node.owner.chains import index_differs, walk
from tongqu.node.owner.findings import Finding, at_fault, bad, good, not_looked, warning
from tongqu.node.owner.looking import rows_of
from tongqu.node.owner.papers import identity, sizes, statement_counts
from tongqu.node.owner.reaching import address_answers, exchange_answers, ports
from tongqu.node.sources import SourceRoom
from tongqu.node.state import StateFolder
from tongqu.wire.source import DATASET

GIB = 1024**3
DISK_BAD, DISK_WARNING = GIB // 4, 2 * GIB
HANDLES_WANTED = 10_000
KEY_DAYS, BACKUP_DAYS = 365, 7
LIBRARIES = (
    "tongqu",
    "cryptography",
    "duckdb",
    "granian",
    "httpx",
    "ibis-framework",
    "pyarrow",
    "sqlglot",
    "starlette",
)


@dataclass(frozen=True)
class Looked:
    """What every check is given. `running` is what the node tells of itself, None when it does not run."""

    config: NodeConfig
    file: Path
    state: Path
    running: dict[str, Any] | None
    now: datetime
    whole: bool
    network: bool


Check = Callable[[Looked], Iterator[Finding]]


def examine(
    file: Path, *, now: datetime, whole: bool = False, outside: bool = True, network: bool = True
) -> Iterator[Finding]:
    """Every finding, in the order in which they are best mended. `outside` also asks the running node, opens sources and
    asks the exchange; without `network` it looks at what costs little and sends nothing; `whole` walks the whole journal with every seal."""
    try:
        config = read_config(file)
    except NodeFault as fault:
        yield at_fault("config", fault)
        return
    yield good("config", f"配置 {file} 可读。", f"The configuration {file} is right.")
    told = None
    try:
        told = running(config.state)
    except (
        NodeFault
    ) as fault:  # it runs and says nothing: nobody else may open its sources or speak with the exchange for it
        yield at_fault("running", fault)
        outside = False
    seen = Looked(config, file, config.state, told, now, whole, network)
    for check in (*INSIDE, *(BESIDE if outside else ()), *(OUTSIDE if outside and network else ())):
        yield from check(seen)


def running(state: Path) -> dict[str, Any] | None:
    """What the running node tells; None when there is none. Raises NodeFault when it does not answer, or not to this user."""
    try:
        return ask(state, "status")
    except NotRunning:
        return None


# -- the folder and the machine --------------------------------------------------------------------------------------


def rights(seen: Looked) -> Iterator[Finding]:
    if seen.file.stat().st_mode & stat.S_IWOTH:
        yield bad(
            "rights", f"任何人都可改写 {seen.file}。", f"Anybody may write {seen.file}.",
            f"chmod o-w {seen.file}", f"chmod o-w {seen.file}",
        )  # fmt: skip
    if not seen.state.exists():
        yield bad(
            "rights", f"没有状态目录 {seen.state}。", f"There is no state folder {seen.state}.",
            "首次使用请运行 tongqu node init; 否则检查配置中的 state。",
            "Run tongqu node init on first use; otherwise check `state` in the configuration.",
        )  # fmt: skip
        return
    open_to_others = [
        path.name for path in (seen.state, *seen.state.iterdir())
        if not path.is_socket() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        and (path == seen.state or path.name in {"key", "key.next", "secrets", "node.json"})
    ]  # fmt: skip
    if open_to_others:
        names = ", ".join(open_to_others)
        yield bad(
            "rights", f"其他用户可访问: {names}。", f"Other users may open: {names}.",
            f"chmod -R go-rwx {seen.state}", f"chmod -R go-rwx {seen.state}",
        )  # fmt: skip
    elif seen.state.stat().st_uid != os.geteuid() and os.geteuid() != 0:
        yield bad(
            "rights", "状态目录属于另一个系统用户。", "The state folder belongs to another system user.",
            "请以运行节点的用户执行。", "Run this as the user who runs the node.",
        )  # fmt: skip
    else:
        yield good("rights", "密钥与状态目录只有本用户可读。", "Key and state folder are their owner's alone.")


def disk(seen: Looked) -> Iterator[Finding]:
    if not seen.state.exists():
        return
    size = sizes(seen.state)
    told = f"{size.disk_free / GIB:.1f} GiB"
    if size.disk_free < DISK_BAD:
        make = bad
    elif size.disk_free < DISK_WARNING:
        make = warning
    else:
        yield good("disk", f"磁盘余 {told}。", f"{told} are left on the disk.")
        return
    yield make(
        "disk", f"磁盘只余 {told}。", f"Only {told} are left on the disk.",
        "请腾出空间或扩容: 写不下回执时节点停止应答。",
        "Make room or enlarge it: a node that cannot keep a receipt does not answer.",
    )  # fmt: skip


def handles(_seen: Looked) -> Iterator[Finding]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard >= HANDLES_WANTED:
        yield good("open-files", "可打开的文件数足够。", "Enough files may be open.")
        return
    yield warning(
        "open-files", f"最多只能打开 {hard} 个文件, 连接数因此受限。", f"Only {hard} files may be open; connections are fewer for it.",
        "systemd 中设 LimitNOFILE=10000, 或提高 ulimit -n。", "Set LimitNOFILE=10000 in systemd, or raise ulimit -n.",
    )  # fmt: skip


def libraries(_seen: Looked) -> Iterator[Finding]:
    found, missing = [], []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        names = ", ".join(missing)
        yield bad("libraries", f"缺少 {names}。", f"{names} missing.", "请安装 tongqu[node]。", "Install tongqu[node].")
    told = f"Python {sys.version.split()[0]}, " + ", ".join(found)
    yield good("libraries", told, told)


# -- the node's papers -----------------------------------------------------------------------------------------------


def key(seen: Looked) -> Iterator[Finding]:
    file = seen.state / "key"
    if not file.exists():
        yield not_looked("key", "还没有密钥: 登记时生成。", "There is no key yet: enrolling makes it.")
        return
    try:
        signer = StateFolder.at(seen.state).signer()
    except NodeFault as fault:
        yield at_fault("key", fault)
        return
    days = (seen.now.timestamp() - file.stat().st_mtime) / 86_400
    if days > KEY_DAYS:
        yield warning(
            "key", f"签名密钥已用 {days:.0f} 天。", f"The signing key is {days:.0f} days old.",
            "请更换: tongqu node new-key (不停机)。", "Change it: tongqu node new-key (without stopping).",
        )  # fmt: skip
    else:
        yield good(
            "key", f"签名密钥 {signer.key_id}, {days:.0f} 天。", f"Signing key {signer.key_id}, {days:.0f} days old."
        )


def enrolled(seen: Looked) -> Iterator[Finding]:
    who = identity(seen.state)
    if who is None:
        yield bad(
            "enrolled", "节点尚未登记。", "The node is not enrolled.",
            "tongqu node enrol --config node.toml (一次性密钥向交易所索取)",
            "tongqu node enrol --config node.toml (the exchange gives the one-time key)",
        )  # fmt: skip
    else:
        yield good("enrolled", f"已登记为节点 {who.node}。", f"Enrolled as node {who.node}.")


def journal(seen: Looked) -> Iterator[Finding]:
    if not (seen.state / "key").exists() or not (seen.state / "journal").exists():
        yield not_looked("journal", "还没有计量日志。", "There is no journal yet.")
        return
    try:
        walked = walk(seen.state, StateFolder.at(seen.state).own_keys(), whole=seen.whole)
        differing = index_differs(seen.state, walked.heads)
    except JournalDamaged as fault:
        yield at_fault("journal", fault)
        return
    except NodeFault as fault:
        yield at_fault("index", fault)
        return
    if walked.faults:
        names = ", ".join(walked.faults)
        yield bad(
            "journal", f"回执链不成立: {names}。", f"The chain of receipts does not hold: {names}.",
            "不要删除; 请从备份恢复并联系交易所。", "Delete nothing; restore from a backup and tell the exchange.",
        )  # fmt: skip
    else:
        part = (
            ("全部", "the whole journal") if walked.whole
            else (
                f"最后 {walked.files} / {walked.files_all} 个文件 (--whole 查全部)",
                f"the last {walked.files} of {walked.files_all} files (--whole for all)",
            )
        )  # fmt: skip
        yield good(
            "journal",
            f"计量日志成立: {walked.receipts} 份回执、{walked.statements} 份结算单、{walked.seals} 个签章; 查了{part[0]}。",
            f"The journal holds: {walked.receipts} receipts, {walked.statements} statements, {walked.seals} seals; {part[1]}.",
        )
    if differing:
        yield bad(
            "index", f"索引与日志不一致: {', '.join(differing[:10])}。", f"Index and journal differ: {', '.join(differing[:10])}.",
            "停止节点, 删除 index*.db, 再启动。", "Stop the node, delete index*.db and start it again.",
        )  # fmt: skip
    else:
        yield good("index", "索引与日志一致。", "Index and journal agree.")


def statements(seen: Looked) -> Iterator[Finding]:
    refused = statement_counts(seen.state)["refused"]
    if refused:
        yield bad(
            "statements", f"交易所拒收了 {refused} 份结算单。", f"The exchange refused {refused} statements.",
            "tongqu node statements 查看原因, 并联系交易所。", "See why with tongqu node statements, and tell the exchange.",
        )  # fmt: skip
    else:
        yield good("statements", "没有被拒收的结算单。", "No statement was refused.")


def sources(seen: Looked) -> Iterator[Finding]:
    if not seen.config.sources:
        yield warning(
            "sources", "没有声明数据源。", "No source is declared.",
            "在 node.toml 中加 [[sources]]。", "Add [[sources]] to node.toml.",
        )  # fmt: skip
    if seen.running is not None:
        yield from _sources_as_served(seen)
        return
    if not seen.network:
        yield not_looked(
            "sources", "节点没有运行, 未打开数据源。", "The node does not run; its sources were not opened."
        )
        return
    for source in seen.config.sources:
        yield _source_opened(source, seen)


def _sources_as_served(seen: Looked) -> Iterator[Finding]:
    for source, told in ask(seen.state, "sources").items():
        about = f"source:{source}"
        if told["fault"] is not None:
            fault = told["fault"]
            yield bad(about, fault["words"]["zh"], fault["words"]["en"], fault["mend"]["zh"], fault["mend"]["en"])
        elif told["held"] is None:
            yield not_looked(about, "正在加载。", "It is being loaded.")
        else:
            keyed = any(each.id == source and each.key for each in seen.config.sources)
            yield _in_order(about, "在用", "In service", told["held"]["rows"], keyed=keyed)


def _source_opened(source: SourceConfig, seen: Looked) -> Finding:
    """Opened as the node would open it: so the same faults come out, in the same words."""
    about = f"source:{source.id}"
    modes = tuple(mode for mode in source.modes if mode != DATASET)  # which would copy the file
    base = seen.state if seen.state.exists() else None
    try:
        with TemporaryDirectory(prefix="doctor-", dir=base) as folder:
            if not modes and source.path is not None:
                rows = rows_of(source, source.path)
            else:
                room = SourceRoom([replace(source, modes=modes or source.modes, watermark=None)], Path(folder))
                try:
                    room.look(seen.now)
                finally:
                    room.close()
                if source.id in room.faults:
                    return at_fault(about, room.faults[source.id])
                rows = room.held[source.id].declaration.rows
    except NodeFault as fault:
        return at_fault(about, fault)
    except OSError as error:
        return bad(
            about, f"打不开 ({type(error).__name__})。", f"It cannot be opened ({type(error).__name__}).",
            "请检查路径与权限。", "Check its path and its rights.",
        )  # fmt: skip
    return _in_order(about, "可读", "Readable", rows, keyed=bool(modes) and source.key is not None)


def _in_order(about: str, zh: str, en: str, rows: int, *, keyed: bool) -> Finding:
    unique = ("，键唯一", ", its keys unique") if keyed else ("", "")
    return good(about, f"{zh}，{rows:,} 行{unique[0]}。", f"{en}, {rows:,} rows{unique[1]}.")


def backup(seen: Looked) -> Iterator[Finding]:
    file = seen.state / "backup.json"
    if not file.exists():
        yield warning(
            "backup", "从未备份。", "It was never backed up.",
            "tongqu node backup 目标 (运行中即可)。", "tongqu node backup TO (while it runs).",
        )  # fmt: skip
        return
    days = (seen.now.timestamp() - file.stat().st_mtime) / 86_400
    key = seen.state / "key"
    if key.exists() and key.stat().st_mtime > file.stat().st_mtime:
        yield warning(
            "backup", "上次备份之后换过密钥: 那份备份恢复后交易所不再认得。",
            "The key was changed after the last back-up: restored from it, the node would not be known.",
            "请现在备份。", "Back it up now.",
        )  # fmt: skip
    elif days > BACKUP_DAYS:
        yield warning(
            "backup", f"上次备份在 {days:.0f} 天前。", f"The last backup is {days:.0f} days old.",
            "请定期备份, 如每天一次。", "Back it up regularly, once a day.",
        )  # fmt: skip
    else:
        yield good("backup", f"上次备份在 {days:.1f} 天前。", f"The last backup is {days:.1f} days old.")


# -- beyond the machine ----------------------------------------------------------------------------------------------


def working(seen: Looked) -> Iterator[Finding]:
    told = seen.running
    if told is None:
        yield not_looked("running", "节点没有运行。", "The node does not run.")
        return
    if told["working"]:
        yield good("running", f"节点在服务 (进程 {told['pid']})。", f"The node works (process {told['pid']}).")
        return
    lease = told["lease_seconds_left"]
    why = told["sync_fault"] or (
        "journal-unwritable" if told["journal"] != "writable" else "sources-missing" if lease else "no-lease"
    )
    yield bad(
        "running", f"节点在运行但不能服务: {why}。", f"The node runs and cannot serve: {why}.",
        "按其他各项所说的处理。", "Mend what the other findings name.",
    )  # fmt: skip


def exchange(seen: Looked) -> Iterator[Finding]:
    yield from exchange_answers(seen.config, seen.state, seen.running, seen.now)


def address(seen: Looked) -> Iterator[Finding]:
    yield from ports(seen.config, seen.running)
    yield from address_answers(seen.config, seen.running)


INSIDE: tuple[Check, ...] = (rights, disk, handles, libraries, enrolled, key, journal, statements, backup)
BESIDE: tuple[Check, ...] = (working, sources)
OUTSIDE: tuple[Check, ...] = (exchange, address)

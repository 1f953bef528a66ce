"""What does a governed download cost beside nginx: one file of 2 GB on loopback, permit, meter and receipt against none?

Each transfer is a whole one by curl. Memory: how far the node's highest while it hands out lies above what it held before; what
it took while the source was loaded is forgotten first, or that would hide it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figures import Report, rates_compared, within_limit
from tests.node.processes import NodeProcess, exchange_over_http, free_port
from tests.node.world import TOKEN, FakeExchange, dataset_permit
from tongqu.wire.permit import Permit

BYTES, ROUNDS = 2_000_000_000, 3
MEMORY_GROWS_MAX_MB = 64
MEMORY_LEAST_MB = 1
"""The kernel counts pages of each thread in batches: less is noise."""
_LINE = b"%011d,%s\n"


def measure(size: int = BYTES, rounds: int = ROUNDS) -> Report:
    with tempfile.TemporaryDirectory(prefix="tongqu-bench-dataset-") as name:
        folder = Path(name)
        os.chmod(folder, 0o755)
        with downloads(folder, size) as (node, version), _nginx(folder / "state/blobs/credit", version) as bare:
            ours, theirs = [], []
            _fetch(_ours(node), governed=True)
            _forget_peak(node)
            before = _memory(node, "VmRSS")
            for _ in range(rounds):
                theirs.append(_fetch(f"http://127.0.0.1:{bare}/{version}", governed=False))
                ours.append(_fetch(_ours(node), governed=True))
            grown = (_memory(node, "VmHWM") - before) / 1e6
            assert grown < MEMORY_GROWS_MAX_MB, f"memory grew by {grown} MB"
            rate = rates_compared("node_dataset", ours, "nginx", theirs)
            table = [
                (str(n + 1), f"{a / 1e6:,.0f}", f"{b / 1e6:,.0f}", f"{a / b:.3f}")
                for n, (a, b) in enumerate(zip(ours, theirs, strict=True))
            ]
            memory = within_limit(
                "node_dataset.memory", grown, MEMORY_GROWS_MAX_MB, least=MEMORY_LEAST_MB,
                against=f"{MEMORY_GROWS_MAX_MB} MB allowed", unit="MB", n=rounds,
            )  # fmt: skip
            columns = ("round", "MB/s", "nginx MB/s", "ratio")
            return Report("node_dataset", f"{__doc__}".split("\n\n")[0], columns, table, [rate, memory])


@contextlib.contextmanager
def downloads(folder: Path, size: int) -> Iterator[tuple[NodeProcess, str]]:
    """A node with one text file of about that size as its data set, and its version."""
    exchange = FakeExchange(lambda: datetime.now(UTC))
    with (folder / "credit.csv").open("wb") as out:
        out.write(b"id,note\n")
        note = b"x" * 487
        for first in range(0, size // 500, 10_000):
            out.write(b"".join(_LINE % (n, note) for n in range(first, min(first + 10_000, size // 500))))
    with exchange_over_http(exchange) as url:
        node = NodeProcess(folder, url)
        text = re.sub(r"\[\[sources.questions\]\].*", "", node.config.read_text("utf-8"), flags=re.DOTALL)
        text = text.replace('modes = ["verification", "dataset"]', 'modes = ["dataset"]')
        node.config.write_text(text, "utf-8")
        node.enrol()
        node.start_without_waiting()
        _until_loaded(node)
        node.wait_until(lambda: "credit" in exchange.sources)
        version = exchange.sources["credit"].source_version
        heard = len(exchange.requests)
        exchange.issue(_permit(version))
        node.wait_until(lambda: len(exchange.requests) > heard + 2)
        try:
            yield node, version
        finally:
            node.kill()


def _until_loaded(node: NodeProcess, minutes: int = 15) -> None:
    """Two gigabytes are copied, hashed and read before they are served."""
    for _ in range(minutes):
        with contextlib.suppress(AssertionError):
            return node.wait_until_working()
        assert node.process is not None
        assert node.process.poll() is None, node.log.read_text()[-2000:]
    raise AssertionError("the source was not loaded")


def _permit(version: str) -> Permit:
    now = datetime.now(UTC)
    return dataset_permit(
        version, not_before=now - timedelta(days=1), not_after=now + timedelta(days=1), calls_max=10_000
    )


def _ours(node: NodeProcess) -> str:
    return f"{node.url}/v1/datasets/permit-2?purpose=%E4%BF%A1%E8%B4%B7%E5%AE%A1%E6%89%B9"


def _fetch(url: str, *, governed: bool) -> float:
    """Bytes a second of one whole transfer."""
    headers = ["-H", f"Authorization: Bearer {TOKEN}", "-H", f"Tongqu-Call: {uuid.uuid4()}"] if governed else []
    told = subprocess.run(
        ["curl", "-sS", "--fail", "-o", "/dev/null", "-w", "%{http_code} %{speed_download}", *headers, url],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    status, speed = told.stdout.split()
    assert status == "200"
    return float(speed)


def _forget_peak(node: NodeProcess) -> None:
    """The highest counts from here (proc(5), clear_refs)."""
    assert node.process is not None
    Path(f"/proc/{node.process.pid}/clear_refs").write_text("5")


def _memory(node: NodeProcess, what: str) -> int:
    """Resident bytes: now (VmRSS) or at the highest (VmHWM)."""
    assert node.process is not None
    status = Path(f"/proc/{node.process.pid}/status").read_text()
    found = re.search(rf"{what}:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


@contextlib.contextmanager
def _nginx(folder: Path, version: str) -> Iterator[int]:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None or shutil.which("curl") is None:
        raise SystemExit("node_dataset: skipped; it needs nginx and curl (apt-get install nginx-light curl)")
    port, home = free_port(), folder.parents[2] / "nginx"
    home.mkdir()
    user = "user root;" if os.getuid() == 0 else ""
    (home / "nginx.conf").write_text(
        f"{user} worker_processes 2; daemon off; pid {home}/pid; error_log {home}/error.log; events {{}}\n"
        f"http {{ access_log off; sendfile on; tcp_nopush on; client_body_temp_path {home}; proxy_temp_path {home};"
        f" fastcgi_temp_path {home}; uwsgi_temp_path {home}; scgi_temp_path {home};"
        f" server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n"
    )
    server = subprocess.Popen([program, "-c", str(home / "nginx.conf"), "-p", str(home)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            probe = subprocess.run(
                ["curl", "-sS", "-I", "-o", "/dev/null", f"http://127.0.0.1:{port}/{version}"],
                capture_output=True, check=False,
            )  # fmt: skip
            if probe.returncode == 0:
                break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    measure().show()

"""What Prometheus reads under /metrics. Labels are modes and codes, never a party, a permit or a key."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Seconds, up to what a call may take unless node.toml says otherwise."""


class Took:
    """How long the calls of one mode took."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.sum += seconds


class CallCounts(Collector):
    """What is counted of every answered call. Plain numbers of the event loop's thread, put into Prometheus' words when they
    are read: its own counters take a lock for each, which a call would pay for five times."""

    def __init__(self) -> None:
        self._answered: dict[str, int] = {}
        self._took: dict[str, Took] = {}
        self.repeated = 0
        self.keys = 0

    def answered(self, mode: str) -> None:
        """One call, with a receipt of its own."""
        self._answered[mode] = self._answered.get(mode, 0) + 1

    def took(self, mode: str) -> Took:
        """Of a mode that has a door, whether it was ever asked or not."""
        self._answered.setdefault(mode, 0)
        return self._took.setdefault(mode, Took())

    def begun(self, mode: str, seconds: float, *, repeated: bool) -> None:
        """A file, or where to fetch it, that leaves from now on: for the first time, or again by its key."""
        if repeated:
            self.repeated += 1
        else:
            self.answered(mode)
        self.took(mode).observe(seconds)

    def by_mode(self) -> dict[str, int]:
        return dict(self._answered)

    def collect(self) -> Iterator[Metric]:
        answered = CounterMetricFamily("tongqu_node_answered", "Calls answered and receipted", labels=["mode"])
        for mode, count in self._answered.items():
            answered.add_metric([mode], count)
        yield answered
        yield CounterMetricFamily("tongqu_node_repeated", "Calls answered again by key", value=self.repeated)
        yield CounterMetricFamily("tongqu_node_keys", "Keys asked in answered calls", value=self.keys)
        seconds = HistogramMetricFamily(
            "tongqu_node_call_seconds",
            "Time from a request to its durable answer, or to the beginning of its file",
            labels=["mode"],
        )
        for mode, took in self._took.items():
            buckets, below = [], 0
            for edge, count in zip((*map(str, map(float, BUCKETS)), "+Inf"), took.counts, strict=True):
                below += count
                buckets.append((edge, below))
            seconds.add_metric([mode], buckets, took.sum)
        yield seconds


class Gauges:
    """One registry for a node, so that two nodes in one process (as in tests) do not share counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.calls = CallCounts()
        self.registry.register(self.calls)
        self.refused = Counter("tongqu_node_refused", "Reasons of refused calls", ["code"], registry=self.registry)
        self.bytes_sent = Counter("tongqu_node_dataset_bytes", "Bytes of data sets begun", registry=self.registry)
        self.lease_left = Gauge("tongqu_node_lease_seconds_left", "Seconds left of the lease", registry=self.registry)
        self.synced = Gauge("tongqu_node_last_sync_seconds", "Unix time of the last good sync", registry=self.registry)
        self.permits = Gauge("tongqu_node_permits", "Permits held", registry=self.registry)
        self.frames = Gauge("tongqu_node_journal_frames", "Group commits since start", registry=self.registry)
        self.free = Gauge("tongqu_node_disk_free_bytes", "Room left for the state folder", registry=self.registry)
        self.full = Gauge("tongqu_node_disk_full", "1 while calls are refused for want of room", registry=self.registry)
        self.ahead = Gauge(
            "tongqu_node_clock_ahead_seconds",
            "How far the machine's clock is before the exchange's",
            registry=self.registry,
        )
        self.writable = Gauge("tongqu_node_journal_writable", "1 while receipts can be kept", registry=self.registry)

    def text(self) -> bytes:
        return generate_latest(self.registry)

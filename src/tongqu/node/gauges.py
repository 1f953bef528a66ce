"""What Prometheus reads under /metrics. Labels are modes and codes, never a party, a permit or a key."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Gauges:
    """One registry for a node, so that two nodes in one process (as in tests) do not share counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answered = Counter(
            "tongqu_node_answered", "Calls answered and receipted", ["mode"], registry=self.registry
        )
        self.repeated = Counter("tongqu_node_repeated", "Calls answered again by key", registry=self.registry)
        self.keys = Counter("tongqu_node_keys", "Keys asked in answered calls", registry=self.registry)
        self.refused = Counter("tongqu_node_refused", "Reasons of refused calls", ["code"], registry=self.registry)
        self.bytes_sent = Counter("tongqu_node_dataset_bytes", "Bytes of data sets begun", registry=self.registry)
        self.seconds = Histogram(
            "tongqu_node_call_seconds",
            "Time from a whole request to its durable answer",
            ["mode"],
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
            registry=self.registry,
        )
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

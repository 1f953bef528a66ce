"""What is counted of calls, as Prometheus reads it."""

from __future__ import annotations

from pathlib import Path

from tongqu.node.gauges import Gauges


def test_calls_are_told_by_mode_with_how_long_they_took() -> None:
    gauges = Gauges()
    took = gauges.calls.took("verification")
    for seconds in (0.0005, 0.001, 0.003, 9.0):
        gauges.calls.answered("verification")
        took.observe(seconds)
    gauges.calls.keys += 4
    told = gauges.text().decode().splitlines()
    assert 'tongqu_node_answered_total{mode="verification"} 4.0' in told
    assert "tongqu_node_keys_total 4.0" in told
    assert "tongqu_node_repeated_total 0.0" in told
    buckets = [line.rpartition(" ") for line in told if line.startswith("tongqu_node_call_seconds_bucket")]
    assert [float(count) for _, _, count in buckets] == [2] * 2 + [3] * 10 + [4] * 3  # an edge is inside its bucket
    assert buckets[0][0] == 'tongqu_node_call_seconds_bucket{le="0.001",mode="verification"}'
    assert buckets[-1][0] == 'tongqu_node_call_seconds_bucket{le="+Inf",mode="verification"}'
    assert 'tongqu_node_call_seconds_count{mode="verification"} 4.0' in told
    assert 'tongqu_node_call_seconds_sum{mode="verification"} 9.0045' in told


def test_a_mode_that_has_a_door_and_was_never_asked_stands_at_nought() -> None:
    gauges = Gauges()
    gauges.calls.took("model")
    assert 'tongqu_node_answered_total{mode="model"} 0.0' in gauges.text().decode()


def test_everything_that_prometheus_reads_stands_in_the_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guides" / "keeping-a-node.md").read_text("utf-8")
    for family in Gauges().registry.collect():
        name = family.name + ("_total" if family.type == "counter" else "")
        assert f"| `{name}` |" in guide, name

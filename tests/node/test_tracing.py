"""Who asks for traces sees the five steps of each call and what came of it, and nothing of what was asked or answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.node.world import CANARIES, TOKEN, World, codes, dataset_permit, verification_permit
from tongqu.node.config import read_config
from tongqu.node.faults import NodeFault
from tongqu.node.steps import Steps
from tongqu.node.tracing import TracedSteps
from tongqu.wire.permit import token_digest

pytestmark = pytest.mark.anyio


def _traced(world: World) -> InMemorySpanExporter:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    plain = world.keeper.steps
    told = {
        "node": plain._node, "book": plain._book, "meter": plain.meter, "room": plain._room, "secret": plain._secret, "apart": plain._apart,
        "clock": plain._clock, "disk": plain._disk, "consents": plain._consents, "uses": plain._uses,
    }  # fmt: skip
    world.keeper.steps = TracedSteps(tracer=provider.get_tracer("test"), **told)
    return kept


def _told(spans: tuple[ReadableSpan, ...]) -> str:
    return " ".join(
        f"{span.name} {dict(span.attributes or {})} {span.events} {span.status.description}" for span in spans
    )


async def test_a_call_is_a_span_with_its_five_steps(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(), dataset_permit(world.exchange.sources["credit"].source_version))
        kept = _traced(world)
        assert (await world.ask("001", call="0f8fad5b-d9cb-469f-a165-70867728950e")).status_code == 200
        *steps, call = kept.get_finished_spans()
        assert [span.name for span in steps] == ["permit", "policy", "run", "meter", "receipt"]
        assert {span.parent.span_id for span in steps if span.parent} == {call.context.span_id}
        assert dict(call.attributes or {}) == {"tongqu.mode": "verification", "tongqu.repeated": False}
        kept.clear()
        await world.ask("001", call="0f8fad5b-d9cb-469f-a165-70867728950e")
        assert dict(kept.get_finished_spans()[-1].attributes or {})["tongqu.repeated"] is True
        kept.clear()
        assert (await world.fetch()).status_code == 200
        assert [span.name for span in kept.get_finished_spans()][-1] == "call"


async def test_spans_hold_codes_and_no_value(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(calls_max=1))
        kept = _traced(world)
        await world.ask(CANARIES[1])
        assert codes(await world.ask(CANARIES[1], "002", batch=True)) == ["calls-exhausted"]
        spans = kept.get_finished_spans()
        assert dict(spans[-1].attributes or {})["tongqu.refused"] == ("calls-exhausted",)
        said = _told(spans)
        for secret in (*CANARIES, TOKEN, token_digest(TOKEN), "contract-1", "permit-1", "信贷审批"):
            assert secret not in said


async def test_without_the_setting_the_plain_steps_walk_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        assert type(world.keeper.steps) is Steps
        world.config.write_text(world.config.read_text().replace("[serve]", 'traces = "collector"\n[serve]'))
        with pytest.raises(NodeFault) as fault:
            read_config(world.config)
        assert "node.traces" in fault.value.words.en
        world.config.write_text(world.config.read_text().replace('"collector"', '"http://127.0.0.1:9/v1/traces"'))
        await world.keeper.stop()
        world.keeper = world._open()
        assert type(world.keeper.steps) is TracedSteps
        await world.ready()
        await world.issue(verification_permit())
        assert (await world.ask("001")).status_code == 200  # a collector that is away costs no call

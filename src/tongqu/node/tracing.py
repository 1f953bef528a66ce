"""Traces of calls by OpenTelemetry, for who asks for them: one span a call, with a span for each of the five steps within.

A span says which mode it was, what came of it and how long it took; never a token, a permit, a contract, a key or a value. The
steps themselves know nothing of it: where no collector is named, the plain ones walk and nothing is paid.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from tongqu.node.faults import NodeFault
from tongqu.node.modes import Mode
from tongqu.node.modes.mode import Ran
from tongqu.node.permits import Call
from tongqu.node.refusals import Refusal
from tongqu.node.steps import Steps
from tongqu.wire.words import Words

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

PERMIT, POLICY, RUN, METER, RECEIPT = "permit", "policy", "run", "meter", "receipt"


def tracer_to(collector: str, node: str) -> Tracer:
    """Sends spans to a collector (OTLP over HTTP), in batches and on a thread of its own. Raises NodeFault without the extra."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise NodeFault(
            "traces-missing",
            Words(
                "node.traces 需要 OpenTelemetry, 没有安装。", "node.traces needs OpenTelemetry, which is not installed."
            ),
            Words("请安装 tongqu[otel], 或去掉该设置。", "Install tongqu[otel], or leave the setting out."),
        ) from error
    logging.getLogger("opentelemetry").setLevel(
        logging.CRITICAL
    )  # a collector that is away is no matter of the node's log
    provider = TracerProvider(resource=Resource({"service.name": "tongqu-node", "service.instance.id": node}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=collector)))
    return provider.get_tracer("tongqu.node")


class TracedSteps(Steps):
    """The same five steps, each within its span."""

    def __init__(self, *, tracer: Tracer, **steps: Any) -> None:
        super().__init__(**steps)
        self._tracer = tracer
        self._modes = {name: cast(Mode, _TracedMode(mode, self)) for name, mode in self._modes.items()}

    @contextmanager
    def span(self, name: str, **told: str | bool) -> Iterator[Span]:
        """A span that ends with the codes of a refusal, or with the kind of an error; never with its text."""
        with self._tracer.start_as_current_span(
            name, attributes=told, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except Refusal as refusal:
                span.set_attribute("tongqu.refused", [reason.code for reason in refusal.reasons])
                raise
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                raise

    async def answer(self, mode: str, **asked: Any) -> tuple[Any, bool]:
        with self.span("call", **{"tongqu.mode": mode}) as span:
            answer, repeated = await super().answer(mode, **asked)
            span.set_attribute("tongqu.repeated", repeated)
            return answer, repeated

    def permit_of(self, permit_id: str, token: str) -> Any:
        with self.span(PERMIT):
            return super().permit_of(permit_id, token)

    def _decide(self, permit: Any, call: Call, *now: Any, **more: Any) -> None:
        with self.span(POLICY):
            super()._decide(permit, call, *now, **more)

    async def _metered(self, *counted: Any, **more: Any) -> Any:
        with self.span(METER):
            return await super()._metered(*counted, **more)


class _TracedMode:
    """A mode whose running and telling are spans; all else is the mode's own."""

    def __init__(self, mode: Mode, steps: TracedSteps) -> None:
        self._mode = mode
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mode, name)

    def run(self, *given: Any) -> Ran | Awaitable[Ran]:
        with self._steps.span(RUN):
            ran = self._mode.run(*given)
        return ran if isinstance(ran, Ran) else self._awaited(ran)

    async def _awaited(self, running: Awaitable[Ran]) -> Ran:
        with self._steps.span(RUN):
            return await running

    def told(self, *given: Any) -> Any:
        with self._steps.span(RECEIPT):
            return self._mode.told(*given)

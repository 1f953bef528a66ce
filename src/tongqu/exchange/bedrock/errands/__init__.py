"""Errands: calls to the outside, after commit, keyed, at least once, never to a private address, seen when stuck."""

from tongqu.exchange.bedrock.errands.addresses import Forbidden, Target, UnknownHost, guard
from tongqu.exchange.bedrock.errands.fetching import Unreachable, fetch
from tongqu.exchange.bedrock.errands.queries import Errand, Try, errand, stuck
from tongqu.exchange.bedrock.errands.running import NotStuck, retry, run, sweep
from tongqu.exchange.bedrock.errands.sending import BadErrand, NoTransaction, send

__all__ = [
    "BadErrand", "Errand", "Forbidden", "NoTransaction", "NotStuck", "Target", "Try", "UnknownHost", "Unreachable", "errand", "fetch",
    "guard", "retry", "run", "send", "stuck", "sweep",
]  # fmt: skip

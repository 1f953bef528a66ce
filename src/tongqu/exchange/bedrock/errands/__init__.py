"""Errands: calls to the outside after commit, keyed, at least once, never to a private address."""

from tongqu.exchange.bedrock.errands.guard import Forbidden, Target, guard
from tongqu.exchange.bedrock.errands.running import Errand, NotYet, retry, run, send, stuck

__all__ = ["Errand", "Forbidden", "NotYet", "Target", "guard", "retry", "run", "send", "stuck"]

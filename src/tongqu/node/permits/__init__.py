"""Whether one call may run: every constraint of the permit, judged on plain values, denied by default."""

from tongqu.node.permits.policy import Allowed, Call, Denied, Offer, Usage, decide
from tongqu.wire.reason import Reason

__all__ = ["Allowed", "Call", "Denied", "Offer", "Reason", "Usage", "decide"]

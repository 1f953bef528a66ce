"""The jobs of this floor, gathered for the worker from its modules."""

from tongqu.exchange.bedrock.errands import jobs

__all__ = ["jobs"]

"""The API: every procedure, act and query, from the same declarations as the pages."""

from tongqu.exchange.web.api.routes import api

__all__ = ["api"]

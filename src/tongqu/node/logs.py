"""Structured logs as JSON lines on standard error.

Names, numbers and codes only: never a token, a key that was asked, a row, or the text of a foreign error, which may
repeat a row.
"""

from __future__ import annotations

import logging
import sys

import structlog


def set_up(level: str) -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)


log = structlog.get_logger("tongqu.node")

"""Further lines of `manage.py check --deploy`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def own_secret_key(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """The key that stands in for commands and tests is known to everyone and must sign nothing."""
    if settings.HAS_SECRET_KEY:
        return []
    return [
        Error(
            "The exchange has no secret key of its own.",
            hint="Set TONGQU_SECRET_KEY or write var/secret_key.",
            id="tongqu.E001",
        )
    ]

"""Reminders of renewal: each holder is told in time, once, on its desk."""

from tongqu.exchange.registry.reminders import steps
from tongqu.exchange.registry.reminders.procedure import PUBLIC_RENEWAL_REMINDER, RENEWAL_REMINDER
from tongqu.exchange.registry.reminders.queries import public_stage, remind, remind_public, stage

__all__ = ["PUBLIC_RENEWAL_REMINDER", "RENEWAL_REMINDER", "public_stage", "remind", "remind_public", "stage", "steps"]

"""The floor as a Django app."""

from django.apps import AppConfig


class Trading(AppConfig):
    name = "tongqu.exchange.trading"
    label = "trading"
    default_auto_field = "django.db.models.BigAutoField"

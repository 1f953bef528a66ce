"""The floor as a Django app."""

from django.apps import AppConfig


class Treasury(AppConfig):
    name = "tongqu.exchange.treasury"
    label = "treasury"
    default_auto_field = "django.db.models.BigAutoField"

"""The floor as a Django app."""

from django.apps import AppConfig


class Members(AppConfig):
    name = "tongqu.exchange.members"
    label = "members"
    default_auto_field = "django.db.models.BigAutoField"

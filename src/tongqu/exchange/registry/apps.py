"""The floor as a Django app."""

from django.apps import AppConfig


class Registry(AppConfig):
    name = "tongqu.exchange.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"

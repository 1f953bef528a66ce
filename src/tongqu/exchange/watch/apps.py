"""The floor as a Django app."""

from django.apps import AppConfig


class Watch(AppConfig):
    name = "tongqu.exchange.watch"
    label = "watch"
    default_auto_field = "django.db.models.BigAutoField"

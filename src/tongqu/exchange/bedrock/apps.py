"""The floor as a Django app."""

from django.apps import AppConfig


class Bedrock(AppConfig):
    name = "tongqu.exchange.bedrock"
    label = "bedrock"
    default_auto_field = "django.db.models.BigAutoField"

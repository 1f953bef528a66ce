"""The floor as a Django app."""

from django.apps import AppConfig


class Web(AppConfig):
    name = "tongqu.exchange.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tongqu.exchange.web import checks  # noqa: F401 - registers itself

"""Every address of the exchange."""

from django.urls import path

urlpatterns: list = []

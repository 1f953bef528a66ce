"""The public addresses."""

from django.urls import path

from tongqu.exchange.web import home

urlpatterns = [
    path("", home.home, name="home"),
    path("verify/<str:code>", home.home, name="certificate"),
    path("products/<int:pk>", home.home, name="product"),
]

"""Who takes part: people sign in, organisations act through them."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class Person(AbstractUser):
    """A natural person with a sign-in. Acts only under a mandate of an organisation."""

    full_name = models.CharField(max_length=60, blank=True)

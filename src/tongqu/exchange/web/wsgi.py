"""Django. What granian serves is the front before it (`asgi.py`)."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.exchange.settings")
if not settings.HAS_SECRET_KEY:
    raise SystemExit(
        "The exchange has no secret key: set TONGQU_SECRET_KEY, or run `make run`, which writes one to var/secret_key."
    )
application = get_wsgi_application()
# All pages are loaded before the door opens: otherwise each worker's first visitor waits for it, a second or two.
_ = get_resolver().url_patterns

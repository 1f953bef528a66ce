"""Settings of the exchange. Everything that differs between installations comes from the environment.

`docs/guides/settings.md` describes each variable; a test holds the two together.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

FLOORS = ["bedrock", "members", "registry", "trading", "treasury", "watch", "web"]

HERE = Path(__file__).resolve().parent
VAR = Path(os.environ.get("TONGQU_VAR", Path.cwd() / "var")).resolve()


def _flag(name: str, default: bool) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def _database(url: str) -> dict[str, object]:
    """A PostgreSQL URL as Django's dictionary. PostgreSQL is the only dialect the house speaks."""
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", "") or parts.hostname or "",
        "PORT": str(query.pop("port", "") or parts.port or ""),
        # Statements of the hot path that ask for it are planned once a connection; Django's own are not affected.
        "OPTIONS": {"prepare_threshold": 5, **query},
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": "test_tongqu" + os.environ.get("TONGQU_TEST_DB", "")},
    }


DEBUG = _flag("TONGQU_DEBUG", False)
SECRET_KEY = os.environ.get("TONGQU_SECRET_KEY", "")
if not SECRET_KEY:
    _key_file = VAR / "secret_key"
    SECRET_KEY = _key_file.read_text().strip() if _key_file.exists() else "only-for-commands-and-tests-" + "x" * 40

PUBLIC_URL = os.environ.get("TONGQU_PUBLIC_URL", "http://127.0.0.1:8600").rstrip("/")
SECURE = PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = [h for h in os.environ.get("TONGQU_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if h]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "procrastinate.contrib.django",
    *[f"tongqu.exchange.{floor}" for floor in FLOORS],
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "tongqu.exchange.web.urls"
WSGI_APPLICATION = "tongqu.exchange.web.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    }
]

DATABASES = {"default": _database(os.environ.get("DATABASE_URL", "postgresql:///tongqu"))}

AUTH_USER_MODEL = "members.Person"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [HERE / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

# Papers are kept by content hash under this folder (bedrock.papers).
PAPERS_ROOT = Path(os.environ.get("TONGQU_PAPERS", VAR / "papers"))
# Keys that sign checkpoints, permits and leases: one file each, readable by the exchange alone.
KEYS_ROOT = Path(os.environ.get("TONGQU_KEYS", VAR / "keys"))

# The name under which the evidence log signs. It is the log's identity: choose it once and keep it.
_public = urlsplit(PUBLIC_URL)
LOG_ORIGIN = os.environ.get("TONGQU_LOG_ORIGIN", f"{_public.netloc}{_public.path}/log")

"""Settings of the exchange. Everything that differs between installations comes from the environment.

`docs/guides/settings.md` describes each variable; a test holds the two together.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

import structlog

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
        # Acts are prepared statements by key: one plan for all values, never planned anew to see whether another is cheaper.
        # What the operator sets stands last, and libpq would not look at PGOPTIONS beside these.
        "OPTIONS": {
            **query,
            "options": "-c plan_cache_mode=force_generic_plan "
            + (query.get("options") or os.environ.get("PGOPTIONS", "")),
        },
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": "test_tongqu" + os.environ.get("TONGQU_TEST_DB", "")},
    }


def _embedded() -> str | None:
    """The server that `make run` keeps in this data folder, so that commands beside it find it without being told."""
    note = VAR / "postgres.at"
    try:
        socket = (Path(note.read_text("utf-8").strip()) if note.exists() else VAR / "postgres") / "socket"
        return f"postgresql://tongqu@/tongqu?host={quote(str(socket), safe='')}" if socket.is_dir() else None
    except OSError:
        return None


DEBUG = _flag("TONGQU_DEBUG", False)
SECRET_KEY = os.environ.get("TONGQU_SECRET_KEY", "")
if not SECRET_KEY and (VAR / "secret_key").exists():
    SECRET_KEY = (VAR / "secret_key").read_text().strip()
# Without a key of its own the exchange runs commands and tests, but serves nobody (web/wsgi.py, web/checks.py).
HAS_SECRET_KEY = bool(SECRET_KEY)
SECRET_KEY = SECRET_KEY or "only-for-commands-and-tests-" + "x" * 40

PUBLIC_URL = os.environ.get("TONGQU_PUBLIC_URL", "http://127.0.0.1:8600").rstrip("/")
SECURE = PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = [h for h in os.environ.get("TONGQU_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if h]
ALLOWED_HOSTS += [h for h in [urlsplit(PUBLIC_URL).hostname] if h and h not in ALLOWED_HOSTS]
# How many reverse proxies of the operator stand before us; then X-Forwarded-For and X-Forwarded-Proto are believed.
PROXIES = int(os.environ.get("TONGQU_PROXIES", "0"))
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None

SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # probes come from inside, without TLS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20  # a form without its files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a grading has three for each of 2,500 elements
DATA_UPLOAD_MAX_NUMBER_FILES = 20

CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True  # pages carry the token in hx-headers and in their forms
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "tongqu.exchange.web.errors.csrf_failure"

SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600  # without use
SESSION_WHOLE_AGE = 12 * 3600  # in any case (web/sessions.py)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "ninja",
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
    "tongqu.exchange.web.headers.reference",
    "tongqu.exchange.web.headers.policies",
    "tongqu.exchange.web.language.chosen_language",
    "tongqu.exchange.web.characters.without_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tongqu.exchange.web.sessions.limits",
    "tongqu.exchange.web.desks.acting.chosen_organisation",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tongqu.exchange.web.lost.Doors",
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
                "tongqu.exchange.web.frame.frame",
            ],
        },
    }
]

DATABASES = {"default": _database(os.environ.get("DATABASE_URL") or _embedded() or "postgresql:///tongqu")}

AUTH_USER_MODEL = "members.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "full_name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "tongqu.exchange.web.signin.Repetition"},
]

# Sign-in: name or e-mail, password, second factor (RFC 6238); locked for a while after failures.
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "home"
SIGNUP_OPEN = _flag("TONGQU_SIGNUP", True)
MAIL = bool(os.environ.get("TONGQU_SMTP_HOST"))
ACCOUNT_ADAPTER = "tongqu.exchange.web.signin.Accounts"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*" if MAIL else "email", "password1*", "password2*"]
ACCOUNT_FORMS = {
    "login": "tongqu.exchange.web.forms.SignIn",
    "signup": "tongqu.exchange.web.forms.SignUp",
    "change_password": "tongqu.exchange.web.forms.ChangePassword",
    "reauthenticate": "tongqu.exchange.web.forms.Reauthenticate",
}
ACCOUNT_SIGNUP_FORM_CLASS = "tongqu.exchange.web.signin.Names"
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if MAIL else "none"
ACCOUNT_EMAIL_NOTIFICATIONS = MAIL
ACCOUNT_USERNAME_MIN_LENGTH = 3
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_SESSION_REMEMBER = True  # the lifetime is SESSION_COOKIE_AGE for everyone
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE else "http"
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "20/5m/ip,5/5m/key", "signup": "10/m/ip"}
MFA_ADAPTER = "tongqu.exchange.web.signin.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = not MAIL  # without mail no address can be verified

EMAIL_HOST = os.environ.get("TONGQU_SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("TONGQU_SMTP_PORT", "465"))
EMAIL_HOST_USER = os.environ.get("TONGQU_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("TONGQU_SMTP_PASSWORD", "")
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_USE_TLS = EMAIL_PORT == 587
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("TONGQU_MAIL_FROM", EMAIL_HOST_USER or "tongqu@localhost")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if MAIL else 'dummy'}.EmailBackend"

# All workers count sign-in attempts together: the cache is an unlogged table of the same database.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "web_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = [HERE / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "tongqu.exchange.web.assets.Assets"},
}
WHITENOISE_USE_FINDERS = True

# What stands beside the name in the top bar: whose market this is.
TONGQU_SUBTITLE_ZH = os.environ.get("TONGQU_SUBTITLE_ZH", "湖北省数据要素市场（示例）")
TONGQU_SUBTITLE_EN = os.environ.get("TONGQU_SUBTITLE_EN", "Hubei data-element market (demo)")

# Papers are kept by content hash under this folder (bedrock.papers).
PAPERS_ROOT = Path(os.environ.get("TONGQU_PAPERS", VAR / "papers"))
# Private "host:port" pairs that errands may call nevertheless, separated by commas.
ERRAND_ALLOW = frozenset(filter(None, os.environ.get("TONGQU_ERRAND_ALLOW", "").split(",")))
# How often an errand is tried before it waits for a person: pauses of 10 s, doubled each time, at most an hour.
ERRAND_TRIES_MAX = int(os.environ.get("TONGQU_ERRAND_TRIES_MAX", "8"))
PAPER_BYTES_MAX = int(os.environ.get("TONGQU_PAPER_BYTES_MAX", "50000000"))
PAPER_BYTES_A_DAY = int(os.environ.get("TONGQU_PAPER_BYTES_A_DAY", "500000000"))
# A folder with further fonts for papers; the machine's own are always looked at.
FONTS_ROOT = os.environ.get("TONGQU_FONTS", "")
# Registrars of this exchange that the national directory lists, as `credit code=digit`, separated by commas. Empty: none is,
# and what is issued here is a pre-registration voucher.
NATIONAL_REGISTRARS = dict(
    pair.strip().split("=", 1) for pair in os.environ.get("TONGQU_NATIONAL_REGISTRAR", "").split(",") if "=" in pair
)
# Keys that sign checkpoints, permits and leases: one file each, readable by the exchange alone.
KEYS_ROOT = Path(os.environ.get("TONGQU_KEYS", VAR / "keys"))

# The name under which the evidence log signs. It is the log's identity: choose it once and keep it.
_public = urlsplit(PUBLIC_URL)
LOG_ORIGIN = os.environ.get("TONGQU_LOG_ORIGIN", f"{_public.netloc}{_public.path}/log")

# One JSON object a line with TONGQU_LOG=json, else for reading; each line of a request carries its number.
_json = os.environ.get("TONGQU_LOG") == "json"
_before: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
_last: list[structlog.typing.Processor] = [
    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(ensure_ascii=False) if _json else structlog.dev.ConsoleRenderer(colors=False),
]
structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *_before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
# A line that cannot be written (a full disk, a closed terminal) is lost without a word: the words would be a traceback, and its
# texts may hold what no log may.
logging.raiseExceptions = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _before,
            "processors": _last,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("TONGQU_LOG_LEVEL", "INFO").upper()},
}

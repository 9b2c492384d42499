"""One file, one name each, loud when wrong. Every variable is explained in docs/configuration.md."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from lorbeer.stages import installed_apps

PACKAGE_DIR = Path(__file__).resolve().parent
PROJECT_DIR = PACKAGE_DIR.parent.parent


# Variables that are asked for elsewhere (./lorbeer, tests) or not always. Those that are asked for below join them.
variables = {"LORBEER_PYTHON", "LORBEER_CHROMIUM", "LORBEER_SLOW_LINE", "LORBEER_SCREENSHOTS", "LORBEER_SIMULATION", "LORBEER_TEST_REPORT",
             "LORBEER_SECRET_KEY", "LORBEER_SQLITE_SYNCHRONOUS"}


def env(name: str, default: str | None = None) -> str:
    """The variable's value; raise ImproperlyConfigured, naming it, where it is missing and has no default."""
    variables.add(name)
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name}: see docs/configuration.md.")
    return value


def env_flag(name: str, default: str = "no") -> bool:
    """`yes` or `no`; anything else is refused, because a misspelt switch must not pass silently."""
    value = env(name, default)
    if value not in {"yes", "no"}:
        raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}.")
    return value == "yes"


def env_number(name: str, default: int, least: int = 1) -> int:
    """A whole number, `least` or more."""
    value = env(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} on, not {value!r}.")
    return int(value)


def secret_keys() -> list[str]:
    """LORBEER_SECRET_KEY, or the key that is kept in the data folder (none is ever invented here); then the former ones."""
    kept = VAR_DIR / "secret-key"
    former = env("LORBEER_FORMER_SECRET_KEYS", "").split()
    if "LORBEER_SECRET_KEY" not in os.environ and kept.exists():
        return [line.strip() for line in kept.read_text().splitlines() if line.strip()] + former
    return [env("LORBEER_SECRET_KEY", "only-for-development" if DEBUG or TESTING else None), *former]


def file_storage(url: str) -> dict[str, object]:
    """Django's settings for "" (a folder of this machine) or `s3://bucket/prefix?endpoint=https://host&region=name`."""
    if not url:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR_DIR / "files"}}
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.hostname:
        raise ImproperlyConfigured("LORBEER_FILES must be empty or begin with s3://bucket.")
    query = dict(parse_qsl(parts.query))
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.hostname, "location": parts.path.strip("/"), "endpoint_url": query.get("endpoint"),
            "region_name": query.get("region"), "default_acl": None, "file_overwrite": True,
        },
    }


def database(url: str) -> dict[str, object]:
    """Django's settings for `sqlite:///path` or `postgresql://user:password@host:port/name`."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        pragmas = ("journal_mode=WAL", f"synchronous={SQLITE_SYNCHRONOUS}", "cache_size=-16000", "secure_delete=ON",
                   "temp_store=MEMORY", "mmap_size=134217728")
        path = Path(unquote(parts.path[1:]))
        return {
            "ENGINE": "lorbeer.shared.sqlite",
            "NAME": path if path.is_absolute() else PROJECT_DIR / path,
            "CONN_MAX_AGE": 600,
            "OPTIONS": {
                # With SQLite's own default two thirds of simultaneous writers fail: see docs/decisions.md.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "".join(f"PRAGMA {pragma};" for pragma in pragmas),
            },
            # A file, because the live server's threads cannot share an in-memory database.
            "TEST": {"NAME": str(VAR_DIR / f"test-{os.getpid()}.sqlite3")},
        }
    if parts.scheme in {"postgresql", "postgres"}:
        query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path[1:], "USER": unquote(parts.username or ""), "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(query.get("host", parts.hostname or "")), "PORT": str(parts.port or query.get("port", "")),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ImproperlyConfigured("LORBEER_DATABASE must begin with sqlite:/// or postgresql://.")


DEBUG = env_flag("LORBEER_DEBUG")
DEMO = env_flag("LORBEER_DEMO")
TESTING = env_flag("LORBEER_TESTING")
VAR_DIR = Path(env("LORBEER_VAR", str(PROJECT_DIR / "var")))
try:
    VAR_DIR.mkdir(parents=True, exist_ok=True)
except PermissionError:
    raise                                                               # lorbeer/cli.py has a sentence for it
except OSError as error:
    raise ImproperlyConfigured(f"{VAR_DIR} cannot be made ({error.strerror}). Set LORBEER_VAR to a folder of yours.") from None
SECRET_KEY, *FORMER_SECRET_KEYS = secret_keys()                         # former ones verify older seals of the log, nothing else
LOG_WITNESS = None if TESTING else VAR_DIR / "log-witness"              # see shared/witness.py
BASE_URL = env("LORBEER_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
if urlsplit(BASE_URL).scheme not in {"http", "https"} or not urlsplit(BASE_URL).hostname:
    raise ImproperlyConfigured(f"LORBEER_BASE_URL must be an address such as https://wettbewerb.example.org, not {BASE_URL!r}.")
ALLOWED_HOSTS = [urlsplit(BASE_URL).hostname or "127.0.0.1", "127.0.0.1", "localhost"] + (["testserver"] if TESTING else [])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
TRUSTED_PROXY = env("LORBEER_TRUSTED_PROXY", "")                        # its X-Forwarded-… headers are believed

INSTALLED_APPS = [
    *installed_apps(demo=DEMO),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
]
MIDDLEWARE = [
    "lorbeer.shared.middleware.arrival_stamp",
    "lorbeer.shared.remembered.remembering",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lorbeer.api.middleware.open_doors",
    "csp.middleware.CSPMiddleware",
    "lorbeer.shared.middleware.private_answers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "lorbeer.people.language.own_language_first",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lorbeer.shared.middleware.ErrorPages",
    "lorbeer.shared.limits.Limits",
]
ROOT_URLCONF = "lorbeer.urls"
WSGI_APPLICATION = "lorbeer.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE_DIR / "shared" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lorbeer.shared.context.page",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "lorbeer.shared.templatetags.components",
                         "lorbeer.shared.templatetags.formats", "lorbeer.shared.templatetags.fields",
                         "lorbeer.shared.templatetags.figures", "lorbeer.shared.templatetags.frame"],
        },
    },
]

FORM_RENDERER = "lorbeer.shared.form_renderer.Renderer"

SQLITE_SYNCHRONOUS = env("LORBEER_SQLITE_SYNCHRONOUS", "FULL")
DATABASES = {"default": database(env("LORBEER_DATABASE", f"sqlite:///{VAR_DIR / 'lorbeer.sqlite3'}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = [
    "lorbeer.people.backends.AccountBackend",
]
ACCOUNT_ADAPTER = "lorbeer.people.adapters.AccountAdapter"
ACCOUNT_FORMS = {"signup": "lorbeer.people.forms.SignupForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional" if DEMO else "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True                              # in the browser that signed up, nowhere else
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = False                                             # shared/limits.py and people/passwords.py count
MFA_ADAPTER = "lorbeer.people.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
PASSWORD_HASHERS = ["lorbeer.people.hashers.Argon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk_list"
LOGOUT_REDIRECT_URL = "home"

LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch"), ("en", "English")]
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "lorbeer.formats"
USE_TZ = True
TIME_ZONE = "Europe/Berlin"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": file_storage(env("LORBEER_FILES", "")),
    "staticfiles": {
        # Names with a digest of the content, so that browsers may keep them for ever, and compressed twins.
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG or TESTING
        else "lorbeer.shared.assets.AssetStorage",
    },
}
MAX_UPLOAD_MB = env_number("LORBEER_MAX_UPLOAD_MB", 25)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

IS_ENCRYPTED = BASE_URL.startswith("https://")
SESSION_ENGINE = "lorbeer.people.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_ENCRYPTED
HSTS_DAYS = env_number("LORBEER_HSTS_DAYS", 30, least=0)
SECURE_HSTS_SECONDS = HSTS_DAYS * 24 * 3600 if IS_ENCRYPTED else 0      # sent over encrypted connections only
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "lorbeer.shared.error_pages.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE], "script-src": [SELF], "style-src": [SELF], "img-src": [SELF, "data:"],
        "font-src": [SELF], "connect-src": [SELF], "form-action": [SELF], "base-uri": [NONE], "frame-ancestors": [NONE],
    }
}

# smtp://host:port sends; "keep" files every message under var/mail and sends nothing.
MAIL_TRANSPORT = env("LORBEER_MAIL_TRANSPORT", "keep")
MAIL_FROM = env("LORBEER_MAIL_FROM", "Lorbeer <noreply@localhost>")

# Where entries come in by e-mail: imaps://user@host/INBOX; see intake/mailbox.py.
IMAP_ACCOUNT = env("LORBEER_IMAP_ACCOUNT", "")
IMAP_PASSWORD_FILE = env("LORBEER_IMAP_PASSWORD_FILE", "")
IMAP_DONE = env("LORBEER_IMAP_DONE", "Lorbeer")
# unix:/path or tcp:host:port of a ClamAV; see shared/virus.py.
CLAMD = env("LORBEER_CLAMD", "")

LOG_FORM = env("LORBEER_LOG", "text" if DEBUG or TESTING else "json")
if LOG_FORM not in {"json", "text"}:
    raise ImproperlyConfigured(f"LORBEER_LOG must be json or text, not {LOG_FORM!r}.")
LOGGING_CONFIG = "lorbeer.shared.logs.setup"
LOGGING = {"form": LOG_FORM, "level": "WARNING" if TESTING else "INFO"}
SILENCED_SYSTEM_CHECKS: list[str] = []

if strange := sorted(name for name in os.environ if name.startswith("LORBEER_") and name not in variables):
    raise ImproperlyConfigured(f"Lorbeer knows no {', '.join(strange)}: docs/configuration.md has all variables. Is one misspelt?")

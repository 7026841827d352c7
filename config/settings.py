"""Settings, read top to bottom; the environment decides only where installations differ.

Demo mode (``PORTAL_DEMO``, on unless ``PORTAL_HOSTS`` is set) makes its own secrets in the data
folder. Production names its hosts and brings every secret; nothing secret has a default there.
"""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from config import secrets
from config.servers import embedded, logins

BASE_DIR = Path(__file__).resolve().parent.parent
LIMITED = ("associate", "store_manager", "owner", "regional_manager", "hq", "worker")


def quotas(name: str) -> dict[str, int]:
    """Read limits from an environment variable: associate.numbers=60 hq.numbers=20."""
    found: dict[str, int] = {}
    for text in os.environ.get(name, "").split():
        key, _, value = text.partition("=")
        role, _, what = key.partition(".")
        # A limit of nobody would be none, and nobody would notice.
        if role not in LIMITED or what not in {"numbers", "files"} or not value.isdecimal():
            raise ImproperlyConfigured(
                f"{name}: {text!r} is no limit. Write ROLE.numbers=60 or ROLE.files=3; roles are"
                f" {', '.join(LIMITED)}."
            )
        found[key] = int(value)
    return found


def flag(name: str, default: bool) -> bool:
    """Read an on/off environment variable: 1, yes, true, on or their opposites."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "yes", "true", "on"}:
        return True
    if value in {"0", "no", "false", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


# Installation

PORTAL_HOSTS = os.environ.get("PORTAL_HOSTS", "").split()
PORTAL_DEMO = flag("PORTAL_DEMO", default=not PORTAL_HOSTS)
PORTAL_DATA = Path(os.environ.get("PORTAL_DATA") or BASE_DIR / "var").resolve()
PORTAL_NAME = os.environ.get("PORTAL_NAME", "")  # empty: the product's own name, translated

# Who pays: the legal name on statements, and whom to ask about them. Empty: the portal's name, and
# "your contact at headquarters".
PORTAL_ISSUER = os.environ.get("PORTAL_ISSUER", "")
PORTAL_COUNTRY = os.environ.get("PORTAL_COUNTRY", "CN")  # whose public holidays count
PORTAL_CONTACT = os.environ.get("PORTAL_CONTACT", "")

# Files that people bring: at most so large together, and so much memory for unpacking a workbook.
PORTAL_UPLOAD_MB = int(os.environ.get("PORTAL_UPLOAD_MB", "200"))
PORTAL_WORKBOOK_MB = int(os.environ.get("PORTAL_WORKBOOK_MB", "2048"))

# Where people find the portal, for links on paper and in messages. In demo mode they carry the
# address of who asked for them; this one stands where nobody did.
PORTAL_ADDRESS = os.environ.get("PORTAL_ADDRESS", "").rstrip("/") or (
    f"https://{PORTAL_HOSTS[0]}"
    if PORTAL_HOSTS
    else f"http://localhost:{os.environ.get('PORT', '8000')}"
)

DEBUG = flag("PORTAL_DEBUG", default=False)
ALLOWED_HOSTS = PORTAL_HOSTS or ["localhost", "127.0.0.1", "[::1]"]
# Where packages made elsewhere have an origin to themselves, see training/scorm: of another domain
# than the portal's, for whoever has a script there could set cookies for the whole domain.
PORTAL_PACKAGES_HOST = os.environ.get("PORTAL_PACKAGES_HOST", "").lower()


def domain(host: str) -> list[str]:
    """What hosts share whose cookies reach each other: example.com of a.example.com."""
    labels = host.lower().strip(".").split(":")[0].split(".")
    # Under a country often three: example.com.cn.
    return labels[-3 if labels[-2:][0] in {"com", "co", "net", "org", "gov", "edu", "ac"} else -2 :]


if PORTAL_PACKAGES_HOST:
    if domain(PORTAL_PACKAGES_HOST) in map(domain, ALLOWED_HOSTS):
        raise ImproperlyConfigured("Set PORTAL_PACKAGES_HOST to a host of another domain.")
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, PORTAL_PACKAGES_HOST.split(":")[0]]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in PORTAL_HOSTS]


# What this project's documents once showed as examples: everybody knows these.
PUBLISHED = {
    "an example of fifty or more characters, /+9aZ: replace it",
    "ZXhhbXBsZSBvZiBhIGtleSB3aXRoIDMyIGJ5dGVzISE=",
    "YW5vdGhlciBleGFtcGxlLCBhbHNvIDMyIGJ5dGVzISE=",
}


# A portal that was restored without the keys of its data: it shows what needs none, says so on
# every page, and records nothing.
PORTAL_WITHOUT_KEYS = flag("PORTAL_WITHOUT_KEYS", default=False)


def given(name: str) -> str:
    """A secret from the environment or the file that it names; empty: none."""
    value = os.environ.get(name, "")
    if path := os.environ.get(f"{name}_FILE"):
        value = Path(path).read_text().strip()
    if PUBLISHED & {value, *value.split()} and not PORTAL_DEMO:
        raise ImproperlyConfigured(f"{name} is a published example; python -m config.secrets.")
    return value


def secret(name: str) -> str:
    """A secret that the portal needs; a demo's is made by itself."""
    if value := given(name):
        return value
    if PORTAL_DEMO:
        return embedded.demo_secret(PORTAL_DATA, name)
    if PORTAL_WITHOUT_KEYS and name in secrets.KEYS:
        return secrets.in_place_of(name, SECRET_KEY)
    raise ImproperlyConfigured(f"Set {name}: outside demo mode it has no default.")


SECRET_KEY = secret("PORTAL_SECRET_KEY")
# While the key is changed: what the former one signed, sessions and links, is read still.
PORTAL_SECRET_KEY_BEFORE = given("PORTAL_SECRET_KEY_BEFORE")
SECRET_KEY_FALLBACKS = [PORTAL_SECRET_KEY_BEFORE] if PORTAL_SECRET_KEY_BEFORE else []
# 32 bytes each, base64; several with spaces between, the newest last.
# The master key wraps the dealers' data keys; the fingerprint key makes
# identities of phone numbers. Neither is harmless without the other: with the database, the master
# key opens every card, and the fingerprint key tells every number, by trying them all in hours.
PORTAL_MASTER_KEY = secret("PORTAL_MASTER_KEY")
PORTAL_FINGERPRINT_KEY = secret("PORTAL_FINGERPRINT_KEY")
# What holds the master keys: one that asks a key management service has the same methods.
PORTAL_KEY_PROVIDER = os.environ.get("PORTAL_KEY_PROVIDER", "dealers.keys.masters.Configured")
_SECRETS = [SECRET_KEY, *SECRET_KEY_FALLBACKS, *PORTAL_MASTER_KEY.split()]
_SECRETS += PORTAL_FINGERPRINT_KEY.split()
if len(set(_SECRETS)) < len(_SECRETS) and not PORTAL_DEMO:
    raise ImproperlyConfigured("Give each secret a value of its own, the former secret key too.")

# Applications

INSTALLED_APPS = [
    "config.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "django_tables2",
    "pgtrigger",
    "dealers",
    "customers",
    "training",
    "incentives",
]

MIDDLEWARE = [
    "config.middleware.health_first",
    "config.middleware.packages_apart",
    "config.middleware.permissions_policy",
    "django.middleware.security.SecurityMiddleware",
    "config.compression.CompressionMiddleware",
    "config.middleware.refuse_unreadable",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "config.middleware.TransactionMiddleware",
    "dealers.signin.cookies.SignedSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.LanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "config.middleware.ActorMiddleware",
    "config.middleware.second_factor_first",
    "config.middleware.note_looks",
    "config.keeping.KeepingMiddleware",
    "config.middleware.looking_reads_only",
    "config.middleware.WrongClockMiddleware",
    "config.middleware.limit_body",
    "config.middleware.refuse_nul",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.portal",
            ],
            "builtins": ["config.templatetags.portal"],
        },
    },
]

# Data

# Two logins: requests and tasks have one without rights of its own, commands that of the tables'
# owner, which may be named apart.
DATABASE_URL = (
    (os.environ.get("DATABASE_OWNER_URL") if logins.is_owner() else "")
    or os.environ.get("DATABASE_URL")
    or embedded.database_url(PORTAL_DATA, "portal" if logins.is_owner() else logins.LOGIN)
)
DATABASES = {
    "default": dj_database_url.parse(
        DATABASE_URL,
        engine="config.servers.database",
        conn_max_age=60,
        conn_health_checks=True,
    )
}
# Whether a pool between the portal and the server gives each transaction another session.
PORTAL_POOLED = flag("PORTAL_POOLED", default=False)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

VALKEY_URL = os.environ.get("VALKEY_URL") or embedded.valkey_url(PORTAL_DATA)
CACHES = {
    "default": {
        "BACKEND": "config.servers.cache.ValkeyCache",
        # Database 1, so that clearing the cache can never empty the broker's queues in 0.
        "LOCATION": embedded.valkey_database(VALKEY_URL, 1),
    }
}

CELERY_BROKER_URL = os.environ.get("BROKER_URL") or embedded.broker_url(VALKEY_URL)
CELERY_TASK_DEFAULT_QUEUE = "default"
# Thousands of PDFs after a closed month must not hold up what people wait for, least of all the one
# that somebody has just asked for.
CELERY_TASK_ROUTES = {
    "incentives.tasks.render_asked_for": {"queue": "asked"},
    "dealers.tasks.write_agreement": {"queue": "asked"},
    "incentives.tasks.render_*": {"queue": "documents"},
    "dealers.tasks.*_upload": {"queue": "documents"},  # minutes each
    "dealers.tasks.write_list": {"queue": "documents"},  # of a million rows: as well
}
# Whole numbers and files of customers that a person may have in 24 hours.
PORTAL_QUOTAS = {
    "associate.numbers": 60, "store_manager.numbers": 120, "owner.numbers": 300, "hq.numbers": 20,
    "worker.numbers": 500, "associate.files": 3, "store_manager.files": 10, "owner.files": 50,
} | quotas("PORTAL_QUOTAS")  # fmt: skip
# Whether each statement gets its PDF when a month closes; a demo makes those that are asked for.
PORTAL_PAPERS_AHEAD = flag("PORTAL_PAPERS_AHEAD", default=not PORTAL_DEMO)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000  # KiB
CELERY_TASK_TIME_LIMIT = 1800  # below the visibility timeout, else long tasks run twice
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    # Whoever waits for an answer does not wait for a broker that is gone: see dealers.outbox.
    {
        "visibility_timeout": 3600,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 1.5,
        "socket_timeout": 1.5,  # more than the second for which a worker waits for tasks
        "max_retries": 0,  # the sweep tries again, and a worker by itself
    }
    if CELERY_BROKER_URL.startswith(("redis", "valkey"))
    else {}
)
CELERY_TIMEZONE = "Asia/Shanghai"
# What comes by itself, and when.
CELERY_BEAT_SCHEDULE = {
    task: {"task": task, "schedule": when}
    for task, when in {
        "dealers.tasks.sweep_outbox": crontab(),  # every minute
        "dealers.tasks.tell_alarms": 10.0,  # seconds: an owner wants to know now
        "dealers.tasks.keep_chains": 10.0,  # seconds: a receipt is waited for
        "dealers.tasks.close_days": crontab(minute=5),  # every hour, of each day once
        "dealers.tasks.clear_sessions": crontab(hour=4, minute=30),
        "dealers.tasks.sweep_exports": crontab(minute=20),  # every hour
        "dealers.tasks.sweep_uploads": crontab(minute="*/10"),
        "dealers.tasks.sweep_notices": crontab(hour=4, minute=20),
        "dealers.tasks.sweep_tries": crontab(hour=4, minute=10),
        "dealers.tasks.withdraw_invitations": crontab(minute=50),  # every hour
        # Every hour, for the stores where it is morning.
        "customers.tasks.tell_of_follow_ups": crontab(minute=2),
        "dealers.tasks.sweep_keys": crontab(minute=40),  # every hour
        "customers.tasks.let_time_pass": crontab(minute="*/5"),
        "customers.tasks.remind_owners": crontab(minute=7),  # every hour, of each thing once
        "customers.tasks.pass_leads_on": crontab(),  # every minute
        "customers.tasks.settle_cases": crontab(minute="*/5"),
        "customers.tasks.look_for_touched": crontab(minute="*/10"),
        "customers.tasks.sweep_choices": crontab(),  # every minute
        "customers.tasks.sweep_closings": crontab(minute="*/5"),
        "customers.tasks.tell_of_planted": crontab(),  # every minute
        "customers.tasks.delete_what_is_due": crontab(hour=3, minute=40),
        "incentives.tasks.remind_of_coaching": crontab(minute=12),  # every hour, where it is day
        "incentives.tasks.tell_of_weeks": crontab(minute=17),  # every hour, where it is Monday
        "training.tasks.remind_who_is_due": crontab(hour=9, minute=30),
        "training.tasks.hand_in_late": crontab(minute="*/5"),
        "training.tasks.pass_places_on": crontab(minute=40),  # every hour
        "training.tasks.forget_what_packages_kept": crontab(hour=4, minute=50),
        "incentives.tasks.close_last_month": crontab(day_of_month="1-5", hour=3, minute=0),
        "incentives.tasks.keep_scorecard": crontab(hour=1, minute=10),
        "incentives.tasks.compare_sharing": crontab(hour=4, minute=0),
        "incentives.tasks.count_budgets": crontab(hour=4, minute=45),
        "incentives.tasks.count_boards": crontab(minute="*/10"),
        "incentives.tasks.freeze_weeks": crontab(hour=3, minute=30),
        "incentives.tasks.settle_disputes": crontab(minute=25),  # every hour
        "incentives.tasks.settle_rewards": crontab(minute=35),  # every hour, of each board once
        "incentives.tasks.render_missing_statements": crontab(minute="*/10"),
    }.items()
}

# Training: how much of the time that nobody reads faster is asked for, see training/pace.py.
LEARNING_PACE = 1
# What courses may ask people to do at work, see training/practice_tasks.py.
PRACTICE_TASKS = "config.practice.TASKS"
# The figures of stores that courses may change, see training/effect.py.
LEARNING_FIGURES = "config.practice.FIGURES"
# What a store does less than others like it, for which courses are advised: training/advice.py.
LEARNING_GAPS = "incentives.boards.goals.said"
# The places on frozen boards that stories tell of, see training/benchmarks.py.
BOARD_RESULTS = "incentives.boards.told.results"

# People

AUTH_USER_MODEL = "dealers.User"
AUTHENTICATION_BACKENDS = ["dealers.signin.backend.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"

ACCOUNT_ADAPTER = "dealers.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "dealers.accounts.LoginForm",
    "request_login_code": "dealers.accounts.RequestLoginCodeForm",
    "confirm_login_code": "dealers.signin.forms.ConfirmLoginCodeForm",
    "reset_password": "dealers.accounts.ResetPasswordForm",
    "confirm_password_reset_code": "dealers.signin.forms.ConfirmPasswordResetCodeForm",
    "confirm_email_verification_code": "dealers.signin.forms.ConfirmEmailCodeForm",
    "verify_phone": "dealers.signin.forms.VerifyPhoneForm",
    "change_password": "dealers.signin.forms.ChangePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = str  # the name; who signs in by a number may have no e-mail address
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 300  # seconds, and for all other codes as well:
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = ACCOUNT_LOGIN_BY_CODE_TIMEOUT
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = ACCOUNT_LOGIN_BY_CODE_TIMEOUT
ACCOUNT_PHONE_VERIFICATION_TIMEOUT = ACCOUNT_LOGIN_BY_CODE_TIMEOUT
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
# People confirm their number on their own page; until then it opens nothing and keeps nobody out.
ACCOUNT_PHONE_VERIFICATION_ENABLED = False
# Another e-mail address or number takes the password or a second factor, also while signed in.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Codes and wrong tries are counted by dealers.signin, in the database and over all ways in.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": None,
    "request_login_code": None,
    "reset_password": None,
    "confirm_email": None,
    "verify_phone": None,
    "change_phone": None,
    "change_password": None,
}
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("PORTAL_PROXIES", "0"))
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "dealers.accounts.MFAAdapter"
MFA_FORMS = {
    "authenticate": "dealers.signin.forms.AuthenticateForm",
    "reauthenticate": "dealers.signin.forms.ReauthenticateForm",
    "add_webauthn": "dealers.signin.passkeys.AddForm",
    "authenticate_webauthn": "dealers.signin.passkeys.AuthenticateForm",
    "login_webauthn": "dealers.signin.passkeys.LoginForm",
    "reauthenticate_webauthn": "dealers.signin.passkeys.ReauthenticateForm",
}
# Headquarters and owners need a second factor, and show it again before exports, reveals and
# publishing. A demo has logins of one tap.
PORTAL_SECOND_FACTOR = flag("PORTAL_SECOND_FACTOR", default=not PORTAL_DEMO)
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = PORTAL_DEMO  # localhost speaks http

# Not cached: whoever signed out stays out, and the cache may fail.
SESSION_ENGINE = "dealers.signin.sessions"
SESSION_SERIALIZER = "dealers.signin.sessions.SealedSerializer"
# So that no copy of the database opens one. Tests sign in at a demo as Django's client does.
SESSION_COOKIE_SIGNED = not PORTAL_DEMO

# Security

# Demo mode is served on http://localhost, where a secure cookie would never come back.
SECURE_SSL_REDIRECT = not PORTAL_DEMO
SESSION_COOKIE_SECURE = not PORTAL_DEMO
CSRF_COOKIE_SECURE = not PORTAL_DEMO
SECURE_HSTS_SECONDS = 0 if PORTAL_DEMO else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = not PORTAL_DEMO
SECURE_HSTS_PRELOAD = not PORTAL_DEMO
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # htmx reads the token from the page
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # dealers.site has the limits of whole requests

# Language and time

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
# The second one puts the texts of libraries into our words.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "stock"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"  # for people without a store; a store has its own
LANGUAGE_COOKIE_NAME = "language"
FORMAT_MODULE_PATH = "config.formats"

# Files

STATIC_URL = "static/"
STATIC_ROOT = PORTAL_DATA / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = PORTAL_DATA / "media"
# Where the signer of receipts answers, and what has the embedded one running. Its key and what was
# signed with it are in a folder that no setting names: its process alone is given it.
PORTAL_SIGNER = os.environ.get("PORTAL_SIGNER") or embedded.signer_socket(PORTAL_DATA)
PORTAL_SIGNER_START = "config.servers.embedded.ensure_signer"
MEDIA_URL = "media/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # Compressing takes longer than everything else that a first `make up` does.
        "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        if PORTAL_DEMO
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Fonts are read by the PDFs only, never by a browser.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["ttf", "png", "jpg", "jpeg", "webp", "mp4"]

# Mail and log


def mailer(url: str) -> dict:
    """Django's configuration of a mail server: ``smtp`` starts TLS, ``smtps`` has it throughout."""
    if not url and PORTAL_DEMO:
        return {"BACKEND": "dealers.sending.demo_outbox.Backend"}
    server = urlsplit(url)
    if server.scheme not in {"smtp", "smtps", "smtp+plain"} or not server.hostname:
        raise ImproperlyConfigured("Set PORTAL_MAIL to smtp[s]://user:password@host:port.")
    options = {
        "host": server.hostname,
        "port": server.port or {"smtp": 587, "smtps": 465, "smtp+plain": 25}[server.scheme],
        "username": unquote(server.username or ""),
        "password": unquote(server.password or ""),
        "use_tls": server.scheme == "smtp",
        "use_ssl": server.scheme == "smtps",
        "timeout": 20,
    }
    return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}


def webhook(name: str) -> str:
    """The address of a robot from the environment; empty: none."""
    url = os.environ.get(name, "")
    if url and not urlsplit(url).scheme == "https":
        raise ImproperlyConfigured(f"Set {name} to the https address of the group's robot.")
    return url


MAILERS = {"default": mailer(os.environ.get("PORTAL_MAIL", ""))}
# A function that takes a number (E.164) and a text; without one, codes go by e-mail only.
PORTAL_SMS = os.environ.get("PORTAL_SMS", "dealers.sms.show_in_log" if PORTAL_DEMO else "")
# Robots of group chats that get a copy of what headquarters is told, without what it says.
PORTAL_ROBOTS = {
    name: webhook(f"PORTAL_{name.upper()}") for name in ("wecom", "dingtalk", "feishu")
}
PORTAL_ROBOT_SECRETS = {
    name: os.environ.get(f"PORTAL_{name.upper()}_SECRET", "") for name in ("dingtalk", "feishu")
}


def stamps() -> tuple[str, Path, float]:
    """Who time-stamps the daily roots: an address, the file of who it is trusted by, seconds."""
    address = os.environ.get("PORTAL_STAMPS", "local" if PORTAL_DEMO else "")
    certificates = Path(os.environ.get("PORTAL_STAMPS_CA", ""))
    seconds = os.environ.get("PORTAL_STAMPS_SECONDS") or "10"
    if not (seconds.isdecimal() and 1 <= int(seconds) <= 120):
        raise ImproperlyConfigured("PORTAL_STAMPS_SECONDS must be a number from 1 to 120.")
    if address == "local" and not PORTAL_DEMO:
        raise ImproperlyConfigured(
            "PORTAL_STAMPS: local stamps prove nothing and are for the demo. Name the address of a"
            " time stamp service (RFC 3161), or nothing."
        )
    if address not in {"", "local"}:
        try:
            url = urlsplit(address)
            usable = bool(url.hostname) and "@" not in url.netloc and url.port != 0
        except ValueError:  # brackets, or a port that is no number
            usable = False
        if not (usable and url.scheme in {"http", "https"}):
            raise ImproperlyConfigured(
                "Set PORTAL_STAMPS to the http or https address of a time stamp service."
            )
        if not certificates.is_file():
            raise ImproperlyConfigured(
                "Set PORTAL_STAMPS_CA to the file with the certificates (PEM) of the authority that"
                " PORTAL_STAMPS belongs to, as it publishes them itself."
            )
    return address, certificates, float(seconds)


PORTAL_STAMPS, PORTAL_STAMPS_CA, PORTAL_STAMPS_SECONDS = stamps()
DEFAULT_FROM_EMAIL = os.environ.get("PORTAL_FROM_EMAIL", "portal@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "config.logs.Formatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("PORTAL_LOG", "INFO")},
    "loggers": {
        "weasyprint": {"level": "WARNING"},  # else each step of each document is a line
        "dealers.sms": {"level": "INFO"},  # also in the worker, which shows warnings only
    },
}

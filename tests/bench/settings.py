"""The portal's settings with one address more: the least that a server can answer."""

from config.servers import logins

logins.be_owner()  # it makes and empties databases

from config.settings import *  # noqa: E402

ROOT_URLCONF = "tests.bench.urls"
TEMPLATES[0]["DIRS"] = [*TEMPLATES[0]["DIRS"], BASE_DIR / "tests" / "bench" / "templates"]
LOGGING["root"]["level"] = "ERROR"
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]

"""The portal's settings with throw-away data and without what makes tests slow.

The environment is set before the portal reads it: tests never touch the data folder, the signer or
the gateways of another portal. ``DATABASE_URL`` and ``VALKEY_URL`` still name servers of yours.
"""

import os
from pathlib import Path

for name in [each for each in os.environ if each.startswith("PORTAL_")]:
    del os.environ[name]
os.environ["PORTAL_DATA"] = str(Path(__file__).resolve().parent.parent / "var" / "test")
os.environ["PORTAL_DURABLE"] = "0"
os.environ["PORTAL_DEMO"] = "1"
# The browser's driver runs an event loop in the thread of the test, which Django mistakes for
# asynchronous code that queries the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

from config.servers import embedded, logins  # noqa: E402

logins.be_owner()  # as who makes the test database; requests take their roles

from config.settings import *  # noqa: E402

# Clearing the cache empties the whole numbered database, so parallel workers have one each.
WORKER = int((os.environ.get("PYTEST_XDIST_WORKER") or "gw0").removeprefix("gw"))
CACHES["default"]["LOCATION"] = embedded.valkey_database(VALKEY_URL, 1 + WORKER)
# A busy machine is not a broken server.
CACHES["default"]["OPTIONS"] = {"socket_timeout": 10, "socket_connect_timeout": 10}
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of a folder that is not there
PORTAL_PAPERS_AHEAD = True  # as in production; a demo makes papers when they are asked for

LEARNING_PACE = 0  # tests read faster than people do

"""The WSGI application that gunicorn serves."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django.setup(set_prefix=False)

# Models cannot be imported before the apps are ready.
from config import start  # noqa: E402
from config.handler import Handler  # noqa: E402

application = Handler()
start.before_work()
start.load()

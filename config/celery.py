"""The Celery application: worker, scheduler and everything that sends them work."""

import os

from celery import Celery
from django.conf import settings

from config import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class Portal(Celery):
    """Makes sure that the embedded broker runs before connecting to it."""

    def connection_for_read(self, url=None, **options):
        self._ensure_broker()
        return super().connection_for_read(url, **options)

    def connection_for_write(self, url=None, **options):
        self._ensure_broker()
        return super().connection_for_write(url, **options)

    def _ensure_broker(self) -> None:
        embedded.ensure_valkey(settings.PORTAL_DATA, settings.CELERY_BROKER_URL)


app = Portal("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

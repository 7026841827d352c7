"""The Celery application: worker, scheduler and everything that sends them work."""

import logging
import os
from contextlib import suppress
from functools import partial

from celery import Celery, signals
from celery.contrib.django.task import DjangoTask
from celery.exceptions import Ignore, Retry
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.utils import timezone
from django.utils.log import configure_logging

from config.servers import embedded

FIRST_PATIENCE = 60.0  # seconds that a process waits for the embedded broker when it starts
PATIENCE = 1.0  # seconds later on; whoever sends then leaves it to the sweep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class PortalTask(DjangoTask):
    """A task that tells the database who acts: the worker, under the task's name.

    One that comes from the outbox closes its row there, in the transaction of its effect: see
    ``dealers.outbox``. Of one that does not, headquarters is told when it fails. A task that
    commits by itself, and notes what it has done, says so; and so does one of which the arguments
    are not to stay.
    """

    in_steps = False
    most_tries = 12
    forgets = False

    def __call__(self, *args, **kwargs):
        # Models cannot be imported before the apps are ready, which the application is made for.
        from dealers import clock, forbidden, outbox  # noqa: PLC0415
        from dealers.actor import Actor, acting  # noqa: PLC0415

        try:
            clock.check()
        except clock.ClockWrong as wrong:
            if outbox.row_of(self.request.id) is None:
                # The scheduler sends the next one; these would wait in heaps for the right time.
                raise Ignore(str(wrong)) from None
            raise self.retry(exc=wrong, countdown=60, max_retries=None) from None
        actor = Actor.worker(self.name)
        with forbidden.noted(), acting(actor):
            try:
                return self._carried_out(*args, **kwargs)
            except DatabaseError as refused:
                forbidden.refused_by_rule(refused, by=actor, at=timezone.now())
                raise

    def _carried_out(self, *args, **kwargs):
        from dealers import outbox, watch  # noqa: PLC0415 -- as above

        if self.request.called_directly:
            return super().__call__(*args, **kwargs)
        # Celery's own call would hide how often this task was tried already.
        work = partial(self.run, *args, **kwargs)
        if (row := outbox.row_of(self.request.id)) is None:
            try:
                return work()
            except Retry:  # it has not failed yet
                raise
            except Exception:
                with suppress(Exception):  # the database may be what fails
                    watch.of_a_job(self.name, timezone.now())
                raise
        return outbox.carry_out(
            row,
            work,
            in_steps=self.in_steps,
            most_tries=self.most_tries,
            forgets=self.forgets,
            now=timezone.now,
        )


class Portal(Celery):
    """Every task has an actor, and the embedded broker runs before anything connects to it."""

    task_cls = PortalTask

    def connection_for_read(self, url=None, **options):
        self._ensure_broker()
        return super().connection_for_read(url, **options)

    def connection_for_write(self, url=None, **options):
        self._ensure_broker()
        return super().connection_for_write(url, **options)

    def _ensure_broker(self) -> None:
        embedded.ensure_valkey(
            settings.PORTAL_DATA,
            settings.CELERY_BROKER_URL,
            first=FIRST_PATIENCE,
            patience=PATIENCE,
        )


app = Portal("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_the_log(loglevel: int | None = None, **_options) -> None:
    """Have worker and scheduler write the log as the web server does, from ``--loglevel`` on.

    Left to itself Celery puts handlers of its own in their place, which print whatever an exception
    says, with the values of the row that broke a rule.
    """
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
    if loglevel is not None:
        logging.getLogger().setLevel(loglevel)


@signals.worker_init.connect
def check_start(**_options) -> None:
    """End the worker before it takes work, where the portal must not start."""
    from config import start  # noqa: PLC0415 -- as above

    try:
        start.before_work()
    except ImproperlyConfigured as problem:
        raise SystemExit(str(problem)) from None

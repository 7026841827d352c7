"""What web server and worker look at before they start."""

import logging
from importlib import import_module

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, connections

from config import celery_app
from config.servers import logins
from dealers import demo_logins
from dealers.actor import Actor, acting
from dealers.keys import held
from dealers.walls.check import OWNS, findings

logger = logging.getLogger(__name__)


def before_work() -> None:
    """``check`` on a connection that is not kept for the processes and threads to come."""
    try:
        with acting(Actor.worker("start")):
            check()
    finally:
        connections.close_all()


def load() -> None:
    """Import all views and tasks, which the first requests would otherwise, and others with them.

    Who sends the first task of a process would hold everybody else who sends one, for seconds where
    the machine is busy.
    """
    import_module(settings.ROOT_URLCONF)
    celery_app.loader.import_default_modules()


def check() -> None:
    """Raise ImproperlyConfigured where everybody could sign in, or the keys are not the data's."""
    try:
        if not settings.PORTAL_DEMO:
            _check_for_the_demo()
            _check_the_walls()
        held.ensure()
    except held.WrongKeys as wrong:
        if missing := held.missing():
            logger.warning(missing)
            return
        raise ImproperlyConfigured(str(wrong)) from None
    except DatabaseError as problem:  # gone or empty; health tells, and demo accounts stay shut
        logger.warning("Not looked into the database: %s", type(problem).__name__)


def _check_the_walls() -> None:
    """Dealers are kept apart, and requests sign in as somebody who cannot change that."""
    found = list(findings())
    with connection.cursor() as cursor:
        cursor.execute(OWNS)
        if cursor.fetchone()[0] and not logins.is_owner():
            found.append(
                "Requests sign in as the owner of the tables: name the login of setup_roles in"
                " DATABASE_URL, and the owner in DATABASE_OWNER_URL."
            )
    if found:
        raise ImproperlyConfigured("\n".join(["Dealers are not kept apart.", *found]))


def _check_for_the_demo() -> None:
    if settings.PORTAL_SMS == "dealers.sms.show_in_log":
        raise ImproperlyConfigured(
            "PORTAL_SMS names the gateway of the demo, which writes every code into the log."
            " Name a gateway of yours, or leave it empty: codes go by mail then."
        )
    emails = [str(user.email) for user in demo_logins.active()[:3]]
    if emails:
        raise ImproperlyConfigured(
            f"This database has accounts of the demo that are active ({', '.join(emails)} …),"
            " whose password everybody knows. Close them with manage.py close_demo_logins, or set"
            " PORTAL_DEMO=1 if this is a demo."
        )

"""What web server and worker look at before they start."""

import logging

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from dealers import demo_logins

logger = logging.getLogger(__name__)


def before_work() -> None:
    """``check`` on a connection that is not kept for the processes and threads to come."""
    try:
        check()
    finally:
        connections.close_all()


def check() -> None:
    """Raise ImproperlyConfigured where starting would leave the portal open to everybody."""
    if settings.PORTAL_DEMO:
        return
    if settings.PORTAL_SMS == "dealers.sms.show_in_log":
        raise ImproperlyConfigured(
            "PORTAL_SMS names the gateway of the demo, which writes every code into the log."
            " Name a gateway of yours, or leave it empty: codes go by mail then."
        )
    try:
        emails = list(demo_logins.active().values_list("email", flat=True)[:3])
    except DatabaseError as problem:  # gone or empty; demo accounts do not sign in all the same
        logger.warning("Not looked for demo accounts: %s", type(problem).__name__)
        return
    if emails:
        raise ImproperlyConfigured(
            f"This database has accounts of the demo that are active ({', '.join(emails)} …),"
            " whose password everybody knows. Close them with manage.py close_demo_logins, or set"
            " PORTAL_DEMO=1 if this is a demo."
        )

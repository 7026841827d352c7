"""Short messages: the gateway is a function that an installation names."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from dealers.sending import demo_outbox
from dealers.words import mask_phone

logger = logging.getLogger(__name__)


def available() -> bool:
    """Whether short messages can be sent from here."""
    return bool(settings.PORTAL_SMS)


def send(phone: str, text: str) -> None:
    """Send ``text`` to the number ``phone`` (E.164) through the installation's gateway."""
    gateway: Callable[[str, str], None] = import_string(settings.PORTAL_SMS)
    gateway(phone, text)


def show_in_log(phone: str, text: str) -> None:
    """The gateway of demo mode: the message is read in the terminal, and on a page.

    Both outlast whose number it is, so neither has it whole.
    """
    to = mask_phone(phone)
    logger.info("SMS to %s: %s", to, text)
    demo_outbox.keep(to, text)

"""The portal's own settings, for servers whose clocks can be put wrong while they run.

A file of each kind of server says by how many seconds; none, and its clock is right.
"""

import sys
from datetime import timedelta

from django.utils import timezone

from config.settings import *  # noqa: F403
from tests.faults import clocks

_right = timezone.now
_file = clocks.file_of(clocks.kind(sys.argv), PORTAL_DATA)  # noqa: F405


def now():
    """What this server takes for the time."""
    return _right() + timedelta(seconds=clocks.wrong_by(_file))


timezone.now = now

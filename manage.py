#!/usr/bin/env python
"""Run a management command of the dealer portal."""

import os
import sys

from django.core.management import execute_from_command_line

from config.servers import logins

if __name__ == "__main__":
    logins.be_owner()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)

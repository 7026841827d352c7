"""The log names what went wrong and keeps to itself what was typed."""

import logging
import subprocess
import sys
from pathlib import Path
from smtplib import SMTPRecipientsRefused

import pytest
from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction

from config.logs import Formatter
from config.servers import embedded
from dealers.models import Region
from tests.environment import without_portal

ROOT = Path(__file__).resolve().parents[2]


def logged(problem):
    try:
        raise problem
    except Exception:
        record = logging.LogRecord(
            "portal", logging.ERROR, __file__, 1, "It failed: %s", (problem,), None
        )
        record.exc_info = sys.exc_info()
        return Formatter("{levelname} {message}", style="{").format(record)


@pytest.mark.django_db
def test_the_values_of_a_broken_rule_are_left_out():
    Region.objects.create(code="R1", name="王小明")
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Region.objects.create(code="R1", name="王小明")
    assert "(R1)" in str(caught.value)

    text = logged(caught.value)

    assert "(R1)" not in text
    assert "already exists" not in text
    assert "duplicate key value violates unique constraint" in text
    assert "Traceback" in text


@pytest.mark.django_db
def test_the_statement_that_failed_is_left_out():
    with pytest.raises(DataError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", ["number 139123" + "45678"])
    assert "13912345678" not in logged(caught.value)


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["SELECT %s::int", "SELECT %s::date"])
def test_a_value_beyond_its_type_is_left_out(statement):
    value = "139123" + "45678" + ("-12-31" if "date" in statement else "")
    with pytest.raises(DataError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [value])
    assert value in str(caught.value)
    assert "13912345678" not in logged(caught.value)


def test_whom_a_mail_server_refuses_is_left_out():
    text = logged(SMTPRecipientsRefused({"wang.xm+1@mail.example.com": (550, b"No such user")}))

    assert "No such user" in text
    assert "wang" not in text
    assert "example" not in text


def test_a_long_word_is_read_once():
    """Letter by letter this one would take a minute, and whoever asks for a page sends one."""
    word = "x" * 100_000
    assert logged(ValueError(f"{word} wang@mail.example.com")).endswith(f"{word} …")


# What the worker says of a task that failed, as Celery writes it.
FAILED = """
import logging
from config.celery import app
app.log.setup(logging.WARNING)
problem = ValueError('duplicate key value violates "once"\\nDETAIL:  Key (phone)=(13912345678).')
try:
    raise problem
except ValueError:
    logging.getLogger("celery.app.trace").error("Task failed: %r", problem, exc_info=True)
logging.getLogger("celery.worker").info("Received 13912345678")
"""


def test_worker_and_scheduler_leave_the_same_out(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FAILED],
        cwd=ROOT,
        env=without_portal() | {"PORTAL_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "Task failed" in done.stderr
    assert "Traceback" in done.stderr
    assert done.stderr.count('violates "once"') == 2
    assert "13912345678" not in done.stderr


@pytest.mark.django_db
def test_the_embedded_server_puts_no_value_into_its_log():
    if not embedded.is_database(settings.PORTAL_DATA, connection.settings_dict["HOST"]):
        pytest.skip("another server's settings are its operator's")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name LIKE 'log%'")
        said = dict(cursor.fetchall())

    assert said["log_min_error_statement"] == "panic"
    assert said["log_error_verbosity"] == "terse"
    assert said["log_parameter_max_length"] == "0"
    assert (settings.PORTAL_DATA / "log").stat().st_mode & 0o077 == 0

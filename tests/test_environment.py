"""What tests and measurements do stays with them, whatever portal the shell is set up for."""

import ast
import subprocess
import sys
from pathlib import Path

from config import secrets
from config.servers import embedded
from tests.environment import without_portal

ROOT = Path(__file__).resolve().parents[1]
IN_EARNEST = {
    "PORTAL_HOSTS": "portal.example.com",
    "PORTAL_MAIL": "smtp://portal:password@mail.example.com",
    "PORTAL_SMS": "gateway.send",
    "PORTAL_WECOM": "https://robot.example.com/",
    "PORTAL_SIGNER": "/srv/signer.sock",
    "PORTAL_DATA": "/srv/portal",
    "DATABASE_URL": "postgresql://portal_login@db.example.com/portal",
    "DATABASE_OWNER_URL": "postgresql://portal@db.example.com/portal",
}
SAID = (
    "[settings.DATABASE_URL, settings.PORTAL_SIGNER, settings.PORTAL_SMS,"
    " settings.PORTAL_ROBOTS['wecom'], settings.PORTAL_DEMO]"
)


def settings_of(code):
    result = subprocess.run(
        [sys.executable, "-c", f"{code}; print({SAID})"],
        cwd=ROOT,
        env=without_portal() | IN_EARNEST | secrets.fresh(),
        capture_output=True,
        text=True,
        check=True,
    )
    return ast.literal_eval(result.stdout)


def test_measurements_use_no_server_signer_or_gateway_that_the_shell_names(tmp_path):
    said = settings_of(
        "from pathlib import Path; from tests.environment import stand_apart;"
        f"stand_apart(Path({str(tmp_path)!r}), 'tests.bench.settings');"
        "from tests.bench import settings"
    )

    signer = embedded.signer_socket(tmp_path)
    assert said == [embedded.database_url(tmp_path), signer, "dealers.sms.show_in_log", "", True]


def test_tests_use_no_signer_or_gateway_that_the_shell_names():
    said = settings_of("from tests import settings")

    signer = embedded.signer_socket(ROOT / "var" / "test")
    assert said[1:] == [signer, "dealers.sms.show_in_log", "", True]

"""The environment's say: what an installation must bring, and what is refused."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config import secrets
from config import settings as config
from dealers.actor import HQ, WORKER
from dealers.models import Role
from tests.environment import without_portal

ROOT = Path(__file__).resolve().parents[2]


def production():
    """The variables of the documented production environment."""
    lines = (ROOT / ".env.production").read_text().splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    return {name: value.strip('"') for name, value in pairs} | secrets.fresh()


def read_settings(environment, expression="'read'"):
    """Print an expression of the settings in a process with just this environment."""
    return subprocess.run(
        [sys.executable, "-c", f"from config import settings; print({expression})"],
        cwd=ROOT,
        env=without_portal() | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "name", ["PORTAL_SECRET_KEY", "PORTAL_MASTER_KEY", "PORTAL_FINGERPRINT_KEY", "PORTAL_MAIL"]
)
def test_production_does_not_start_without(name):
    environment = production()
    del environment[name]

    result = read_settings(environment)

    assert result.returncode == 1
    assert f"Set {name}" in result.stderr


@pytest.mark.parametrize(
    ("portal", "host"),
    [
        ("portal.example.com", "portal.example.com"),
        ("portal.example.com", "Portal.Example.com:81"),
        ("portal.example.com", "example.com"),
        ("portal.example.com", "packages.example.com"),
        ("portal.example.com.cn", "packages.example.com.cn"),
        ("portal.jd.cn", "packages.jd.cn"),
    ],
)
def test_packages_get_no_host_of_the_portals_domain(portal, host):
    hosts = {"PORTAL_HOSTS": portal, "PORTAL_PACKAGES_HOST": host}
    result = read_settings(production() | hosts)

    assert result.returncode == 1
    assert "Set PORTAL_PACKAGES_HOST to a host of another domain." in result.stderr


@pytest.mark.parametrize(
    ("portal", "host"),
    [
        ("portal.example.com", "packages.example.net"),
        ("portal.example.com.cn", "packages.other.com.cn:444"),
        ("portal.example.cn", "packages.other.cn"),
    ],
)
def test_packages_may_have_a_host_of_another_domain(portal, host):
    environment = production() | {"PORTAL_HOSTS": portal, "PORTAL_PACKAGES_HOST": host}
    result = read_settings(environment, "settings.ALLOWED_HOSTS")

    assert result.stdout.strip() == str([portal, host.split(":")[0]])


PUBLISHED = {
    "PORTAL_SECRET_KEY": "an example of fifty or more characters, /+9aZ: replace it",
    "PORTAL_MASTER_KEY": "ZXhhbXBsZSBvZiBhIGtleSB3aXRoIDMyIGJ5dGVzISE=",
    "PORTAL_FINGERPRINT_KEY": "YW5vdGhlciBleGFtcGxlLCBhbHNvIDMyIGJ5dGVzISE=",
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_production_does_not_start_with_a_published_secret(name):
    result = read_settings(production() | {name: PUBLISHED[name]})

    assert result.returncode == 1
    assert f"{name} is a published example" in result.stderr


def test_production_does_not_start_with_one_secret_for_two_purposes():
    environment = production()
    environment["PORTAL_FINGERPRINT_KEY"] = environment["PORTAL_MASTER_KEY"]

    result = read_settings(environment)

    assert result.returncode == 1
    assert "a value of its own" in result.stderr


def test_the_former_secret_key_is_read_while_it_is_changed(tmp_path):
    before = "what signed sessions and links until today, 50 characters or more"
    (tmp_path / "before").write_text(f"{before}\n")

    for environment in (
        {"PORTAL_SECRET_KEY_BEFORE": before},
        {"PORTAL_SECRET_KEY_BEFORE_FILE": str(tmp_path / "before")},
    ):
        result = read_settings(production() | environment, "settings.SECRET_KEY_FALLBACKS")
        assert ast.literal_eval(result.stdout) == [before]
    none = read_settings(production(), "settings.SECRET_KEY_FALLBACKS")
    assert none.stdout.strip() == "[]"
    same = read_settings(production() | {"PORTAL_SECRET_KEY": before} | environment)
    assert "a value of its own" in same.stderr


def test_production_uses_the_servers_it_names_and_secure_cookies():
    result = read_settings(
        production(),
        "[settings.DATABASES['default']['HOST'], settings.CACHES['default']['LOCATION'],"
        "settings.CELERY_BROKER_URL, settings.SESSION_COOKIE_SECURE, settings.PORTAL_DEMO]",
    )

    assert ast.literal_eval(result.stdout) == [
        "db.example.com",
        "rediss://:password@valkey.example.com:6379/1",
        "amqps://portal:password@rabbit.example.com:5671/portal",
        True,
        False,
    ]


@pytest.mark.parametrize(("proxies", "believed"), [("0", False), ("1", True), ("2", True)])
def test_only_behind_a_proxy_is_a_header_believed_to_say_https(proxies, believed):
    header = "getattr(settings, 'SECURE_PROXY_SSL_HEADER', None) is not None"

    result = read_settings(production() | {"PORTAL_PROXIES": proxies}, header)

    assert result.stdout.strip() == str(believed)


def test_a_flag_that_is_neither_on_nor_off_is_refused():
    result = read_settings({"PORTAL_DEBUG": "maybe"})

    assert "PORTAL_DEBUG must be 1 or 0, not 'maybe'." in result.stderr


@pytest.mark.parametrize("text", ["manager.numbers=50", "owner.cards=5", "owner.numbers", "=3"])
def test_a_limit_that_would_hold_for_nobody_is_refused(text):
    result = read_settings({"PORTAL_QUOTAS": f"hq.numbers=5 {text}"})

    assert f"PORTAL_QUOTAS: {text!r} is no limit." in result.stderr


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"PORTAL_STAMPS": "ftp://stamps.example.com"}, "http or https address"),
        ({"PORTAL_STAMPS": "stamps.example.com"}, "http or https address"),
        ({"PORTAL_STAMPS": "https://me:secret@stamps.example.com"}, "http or https address"),
        ({"PORTAL_STAMPS": "https://stamps.example.com:port"}, "PORTAL_STAMPS to the http or"),
        ({"PORTAL_STAMPS": "https://[stamps.example.com"}, "PORTAL_STAMPS to the http or"),
        ({"PORTAL_STAMPS": "https://stamps.example.com"}, "Set PORTAL_STAMPS_CA"),
        (
            {"PORTAL_STAMPS": "https://stamps.example.com", "PORTAL_STAMPS_CA": "/nowhere.pem"},
            "Set PORTAL_STAMPS_CA",
        ),
        ({"PORTAL_STAMPS_SECONDS": "0"}, "a number from 1 to 120"),
        ({"PORTAL_STAMPS_SECONDS": "soon"}, "a number from 1 to 120"),
    ],
)
def test_a_time_stamp_service_that_could_not_work_is_refused(environment, said):
    assert said in read_settings(environment).stderr


def test_local_stamps_are_for_the_demo_alone():
    assert read_settings({}, "settings.PORTAL_STAMPS").stdout.strip() == "local"
    assert not read_settings(production(), "settings.PORTAL_STAMPS").stdout.strip()

    refused = read_settings(production() | {"PORTAL_STAMPS": "local"})

    assert "local stamps prove nothing and are for the demo" in refused.stderr


def test_limits_hold_for_the_roles_that_they_name():
    result = read_settings(
        {"PORTAL_QUOTAS": "store_manager.numbers=7 hq.files=2"}, "settings.PORTAL_QUOTAS"
    )

    limits = ast.literal_eval(result.stdout)
    assert (limits["store_manager.numbers"], limits["hq.files"], limits["hq.numbers"]) == (7, 2, 20)
    assert set(config.LIMITED) == {*Role.values, HQ, WORKER}


def test_a_portal_without_keys_is_asked_for_as_every_flag_is():
    keys = {"PORTAL_MASTER_KEY": "", "PORTAL_FINGERPRINT_KEY": "", "PORTAL_WITHOUT_KEYS": "yes"}
    result = read_settings(production() | keys, "settings.PORTAL_WITHOUT_KEYS")

    assert result.stdout.strip() == "True"


def test_the_readme_names_every_variable_that_is_read_and_no_other():
    read = "".join(
        (ROOT / "config" / name).read_text()
        for name in ("settings.py", "gunicorn.py", "servers/embedded.py")
    )
    known = set(re.findall(r"['\"]((?:PORTAL|DATABASE|VALKEY|BROKER|WEB)_[A-Z_]+|PORT)['\"]", read))
    known |= {f"PORTAL_{name.upper()}" for name in config.PORTAL_ROBOTS}
    known |= {f"PORTAL_{name.upper()}_SECRET" for name in config.PORTAL_ROBOT_SECRETS}
    table = (ROOT / "README.md").read_text().partition("| variable |")[2].partition("\n\n")[0]
    rows = [line.split("|") for line in table.splitlines()[2:]]
    named = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row[1])}

    assert known <= set(re.findall(r"[A-Z_]+", table))
    assert named <= known


def test_tests_have_a_data_folder_of_their_own(settings):
    assert ROOT / "var" / "test" == settings.PORTAL_DATA

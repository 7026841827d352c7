"""Robots of group chats, which get a copy of what headquarters is told: WeCom, DingTalk, Feishu.

An installation names the address of each in its settings; a signature is added where it has a
secret. What they say is the kind of a notice and a link, nothing else.
"""

import base64
import hashlib
import hmac
import json
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from dealers import outbox
from dealers.models import NoticeKind

TASK = "dealers.tasks.tell_robot"
PATIENCE = 5  # seconds for a robot to answer


class RobotRefused(OSError):
    """A robot that answers, but not that it has taken the message."""


@dataclass(frozen=True)
class Robot:
    """What a robot is sent, and what it answers when it has taken that."""

    payload: Callable[[str], dict]
    code: str  # the name of what is 0 in its answer
    sign: Callable[[str, str, dict, int], tuple[str, dict]]


def _plain(text: str) -> dict:
    return {"msgtype": "text", "text": {"content": text}}


def _feishu(text: str) -> dict:
    return {"msg_type": "text", "content": {"text": text}}


def _unsigned(url: str, _secret: str, payload: dict, _second: int) -> tuple[str, dict]:
    return url, payload


def _sign_dingtalk(url: str, secret: str, payload: dict, second: int) -> tuple[str, dict]:
    """The moment in milliseconds and HMAC-SHA256 of it with the secret, in the address."""
    stamp = str(second * 1000)
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    signature = quote(base64.b64encode(digest).decode(), safe="")
    return f"{url}&timestamp={stamp}&sign={signature}", payload


def _sign_feishu(url: str, secret: str, payload: dict, second: int) -> tuple[str, dict]:
    """The moment in seconds, and HMAC-SHA256 of nothing with moment and secret as key."""
    key = f"{second}\n{secret}".encode()
    signature = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    return url, {"timestamp": str(second), "sign": signature, **payload}


ROBOTS: Mapping[str, Robot] = {
    "wecom": Robot(_plain, "errcode", _unsigned),
    "dingtalk": Robot(_plain, "errcode", _sign_dingtalk),
    "feishu": Robot(_feishu, "code", _sign_feishu),
}


def copies(kind: NoticeKind, about: str, at: datetime) -> list[outbox.Put]:
    """The tasks that tell each robot of the installation of something of ``kind``."""
    key = about or at.isoformat()
    return [
        outbox.Put(TASK, (name, kind.value), f"robot:{name}:{kind}:{key}"[:120], at)
        for name in ROBOTS
        if settings.PORTAL_ROBOTS.get(name)
    ]


def tell(name: str, kind: str, at: datetime) -> None:
    """Send the copy of a notice to the robot ``name``. Raises OSError where it is not taken."""
    url = settings.PORTAL_ROBOTS.get(name, "")
    if not url:
        return  # taken out of the settings meanwhile
    with override(settings.LANGUAGE_CODE):
        link = settings.PORTAL_ADDRESS + reverse("dealers:notices")
        text = _("Dealer portal: %(kind)s. %(link)s") % {
            "kind": NoticeKind(kind).label,
            "link": link,
        }
    robot, payload = ROBOTS[name], ROBOTS[name].payload(text)
    if secret := settings.PORTAL_ROBOT_SECRETS.get(name, ""):
        url, payload = robot.sign(url, secret, payload, int(at.timestamp()))
    request = urllib.request.Request(  # noqa: S310 -- the settings take http and https only
        url,
        json.dumps(payload, ensure_ascii=False).encode(),
        {"Content-Type": "application/json; charset=utf-8"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 -- as above
        said = answer.read(10_000)
    # They answer 200 also for what they refuse.
    try:
        taken = json.loads(said)[robot.code] == 0
    except (ValueError, KeyError, TypeError):
        taken = False
    if not taken:
        where = urlsplit(url).hostname
        raise RobotRefused(f"{where}: {said[:200].decode(errors='replace')}")

"""Somebody who asks: what was answered, made comparable, and whose words are in it."""

import io
import re
import zipfile
from contextlib import suppress
from dataclasses import dataclass

from django.core import mail
from django.db import connection, transaction
from django.test import Client
from pypdf import PdfReader
from pypdf.errors import PdfReadError

LOGIN = "/accounts/login/"

# What is random by design: form tokens, nonces, the reference of an error, keys of new forms.
RANDOM = re.compile(
    rb'(?<=name="csrfmiddlewaretoken" value=")[^"]+|(?<=nonce=")[^"]+|(?<=nonce-)[\w+/=-]+'
    rb'|(?<=name="key" value=")[^"]+|(?<="csrfToken": ")[^"]+|X-CSRFToken[^}]+'
    rb"|(?<=refused=)[0-9a-f]+"
    rb'|(?<="x-csrftoken": ")[^"]+|(?<=name="typed_by" value=")[^"]+'
)
# Of an answer's headers what differs each time.
HEADERS = ("Date", "Expires", "Last-Modified", "Set-Cookie", "Content-Security-Policy")


@dataclass(frozen=True)
class Answer:
    """What came back: compared with others by ``same``, searched in ``text``."""

    status: int
    headers: tuple
    body: bytes
    text: str

    def same(self, *ids):
        """The answer without what is random, and without the echo of what was asked for."""
        body, headers = RANDOM.sub(b"", self.body), repr(self.headers)
        for each in sorted(ids, key=len, reverse=True):  # 88 is also the beginning of 880088
            body = body.replace(each.encode(), b"ID")
            headers = headers.replace(each, "ID")
        return self.status, headers, body

    @property
    def location(self):
        return dict(self.headers).get("Location", "")

    @property
    def outcome(self):
        """opens, hidden, sign in, or the method that is not for anybody."""
        if self.status in {404, 410}:
            return "hidden"
        if self.status == 405:
            return "method"
        if self.status in {301, 302, 303} and re.match(r"/(accounts|admin)/login/", self.location):
            return "sign in"
        return "opens"


class Visitor:
    """One person's requests, each answered inside a transaction that is taken back."""

    def __init__(self, role, user=None):
        self.role, self.user = role, user
        self.client = Client(raise_request_exception=False)
        self.cases = 0
        if user is not None:
            self.client.force_login(user)
        self.session = {name: each.value for name, each in self.client.cookies.items()}

    def ask(self, method, path, data=None, *, accept="", jobs=False) -> Answer:
        """One request. ``jobs``: what it leaves to the worker is done as well, and searched."""
        self.cases += 1
        for name in set(self.client.cookies) - set(self.session):
            del self.client.cookies[name]
        for name, value in self.session.items():
            self.client.cookies[name] = value
        said = len(mail.outbox)
        with transaction.atomic():
            before = len(connection.run_on_commit)
            response = self.client.generic(
                method, path, data=data or "", content_type="application/x-www-form-urlencoded",
                **({"HTTP_ACCEPT": accept} if accept else {}),
            )  # fmt: skip
            content = response.getvalue()
            if jobs:
                for _ids, act, _robust in connection.run_on_commit[before:]:
                    act()
            transaction.set_rollback(True)
        text = readable(content, response.headers.get("Content-Type", ""))
        headers = tuple(sorted(
            (name, value) for name, value in response.headers.items() if name not in HEADERS
        ))  # fmt: skip
        text += repr(headers) + "".join(
            f"{each.subject}{each.body}{each.to}" for each in mail.outbox[said:]
        )
        return Answer(response.status_code, headers, content, text)

    def get(self, path, **kwargs):
        return self.ask("GET", path, **kwargs)


def readable(content: bytes, kind: str) -> str:
    """Everything that somebody can read in these bytes: pages, tables, sheets, papers."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(readable(archive.read(each), "") for each in archive.namelist())
    if content.startswith(b"%PDF"):
        with suppress(PdfReadError):  # what somebody brought as one
            return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return content.decode("utf-8", errors="replace")

"""Every field of a form and every filter that names an object, with the rival's in its place."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.config.forms import Forms
from tests.matrix.cases import ENDS_THE_SESSION, PUBLIC, Matrix, Pool, missing
from tests.matrix.network import HOME, RIVAL
from tests.matrix.visitor import Answer

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
RECEIPT = r"R-[2-9A-Z]{5}-[2-9A-Z]{5}"
# Fields that a page fills for whoever sends it.
ITS_OWN = re.compile(r"csrf|^key$|typed_by|^next$")
LINK = re.compile(r'(?:href|hx-get)="(\?[^"]+|/[^"]+\?[^"]+)"')
# What is made anew by each answer.
NEW = re.compile(f"{UUID}|{RECEIPT}".encode())


@dataclass(frozen=True)
class Question:
    """A form or an address as the page offers it, and the field in which to name another's."""

    method: str
    path: str
    right: dict[str, str]
    field: str


class Fields(Forms):
    """All forms of a page, those that ask as well, with everything that a field offers."""

    def __init__(self, html):
        self.methods: list[str] = []
        self.offered: dict[tuple[int, str], set[str]] = defaultdict(set)
        super().__init__(html)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if tag == "form":
            self.methods.append((named.get("method") or "get").upper())
            named["method"] = "post"
        super().handle_starttag(tag, [*named.items()])
        if self.open and (field := self.choosing if tag == "option" else named.get("name")):
            self.offered[len(self.methods), field].add(named.get("value") or "")


class Rivals:
    """What of the rival's looks like a value: a number, keys, codes."""

    def __init__(self, matrix: Matrix):
        side = matrix.network.rival
        pool, self.home = Pool(matrix.network, side), matrix.network.home
        keys = [pool.customers, pool.files, pool.offers, pool.cases, pool.disputes, pool.waiting]
        self.like = {
            "number": [str(side.number)],  # of the first row that it has in each table
            "key": [found[0] for found in keys],
            "code": [side.store.code, pool.codes[0]],
        }

    def kind(self, value: str) -> str:
        """What a value names of the home side; empty for what is nobody's."""
        if value.isdecimal() and HOME <= int(value) < RIVAL:
            return "number"
        if re.fullmatch(UUID, value):
            return "key"
        if value.startswith(f"{self.home.name}-") or re.fullmatch(RECEIPT, value):
            return "code"
        return ""

    def instead(self, value: str) -> list[str]:
        """What to name in the place of a value of the home side."""
        return self.like[self.kind(value)]


def questions(matrix: Matrix, role: str, rivals: Rivals) -> Iterator[tuple[Question, str]]:
    """Every field and filter on the pages that a role opens, with an object that it may name."""
    visitor, seen = matrix.visitors[role], set()
    pages = [
        each.filled(values) for each, values in matrix.own[role].items()
        if not each.route.startswith(PUBLIC)  # where everybody names the region they live in
    ]  # fmt: skip
    pages += [
        each.route for each in matrix.addresses
        if not each.names and not each.in_admin and role in matrix.cell(each)
    ]  # fmt: skip
    for page in pages:
        answer = visitor.get(page)
        if answer.status != 200 or "html" not in dict(answer.headers).get("Content-Type", ""):
            continue
        for question, offered in _offered(page, answer.body.decode()):
            named = next(filter(rivals.kind, sorted(offered)), "")
            key = question.method, question.path, question.field
            if named and key not in seen and not ENDS_THE_SESSION.search(question.path):
                seen.add(key)
                yield question, named


def _offered(page: str, html: str) -> Iterator[tuple[Question, set[str]]]:
    fields = Fields(html)
    for nth, (action, right, kinds) in enumerate(fields.found):
        target = action if action.startswith("/") else page
        for field in kinds:
            if not ITS_OWN.search(field):
                asked = Question(fields.methods[nth], target, right, field)
                yield asked, fields.offered[nth + 1, field] | {right.get(field, "")}
    for link in LINK.findall(html):
        found = urlsplit(link.replace("&amp;", "&"))
        right = dict(parse_qsl(found.query))
        for field, value in right.items():
            if field != "export":
                yield Question("GET", found.path or page, right, field), {value}


def problem(matrix: Matrix, role: str, question: Question, theirs: str) -> str:
    """What is wrong with the answer where a field names the rival's; empty where nothing is."""
    gone = missing(theirs)
    of_theirs = _asked(matrix, role, question, theirs)
    of_nobodys = _asked(matrix, role, question, gone)
    if found := matrix.leak(role, of_theirs, theirs):
        said = found
    elif of_theirs.status >= 500:
        said = f"{of_theirs.status}"
    elif _plain(of_theirs, (theirs, gone)) != _plain(of_nobodys, (theirs, gone)):
        said = f"{of_theirs.status} is not what {gone} gets: {of_nobodys.status}"
    else:
        return ""
    return f"{role}: {question.method} {question.path} {question.field}={theirs}: {said}"


def is_heard(matrix: Matrix, role: str, question: Question, own: str) -> bool:
    """Whether a field is read as far as what it names: their own gets another answer than nobody's.

    Where it is not, the rival's gets the answer of nobody's whatever the field would do with it.
    """
    ids = (own, missing(own))
    of_own, of_nobodys = (_plain(_asked(matrix, role, question, each), ids) for each in ids)
    return of_own != of_nobodys


def _asked(matrix: Matrix, role: str, question: Question, value: str) -> Answer:
    """The answer where a field names ``value``, and all others what the page filled in."""
    visitor, said = matrix.visitors[role], urlencode({**question.right, question.field: value})
    if question.method == "POST":
        return visitor.ask("POST", question.path, said)
    return visitor.get(f"{question.path}?{said}")


def _plain(answer: Answer, ids: tuple[str, str]) -> tuple[int, bytes, bytes]:
    status, headers, body = answer.same(*ids)
    return status, NEW.sub(b"NEW", headers.encode()), NEW.sub(b"NEW", body)

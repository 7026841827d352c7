"""Twenty ways in which a rival asks whose customer a number is, without registering it."""

import gc
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from time import perf_counter
from urllib.parse import urlencode
from uuid import UUID

from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from dealers.actor import Actor
from dealers.imports import carrying_out, uploads
from tests.matrix.cases import Matrix
from tests.matrix.visitor import Answer

KEY = UUID(int=7)


@dataclass(frozen=True)
class Way:
    """One question about a number, by a role of the home side."""

    name: str
    role: str
    ask: Callable[[Matrix, str, str], object]


def _get(path):
    def ask(matrix, role, number):
        return matrix.visitors[role].get(path.format(number=number, last=number[-4:]))

    return ask


def _post(path, **data):
    def ask(matrix, role, number):
        said = {name: each.format(number=number) for name, each in data.items()}
        return matrix.visitors[role].ask("POST", matrix_path(matrix, path), urlencode(said))

    return ask


def matrix_path(matrix: Matrix, path: str) -> str:
    registration = matrix.network.home.registration
    return path.format(card=registration.customer_id, receipt=registration.receipt)


def _file(text, *, confirm=False):
    """What the worker writes of a file that the owner brings."""

    def ask(matrix, role, number):
        side = matrix.network.home
        owner = side.people["owner"]
        content = text.format(number=number, store=side.store.code).encode()
        upload = uploads.bring(
            [SimpleUploadedFile("a.csv", content)], kind="", site="http://testserver",
            by=Actor.of(owner), at=timezone.now(),
        )  # fmt: skip
        carrying_out.check(str(upload.pk), timezone.now())
        upload.refresh_from_db()
        part = upload.files.get()
        told = [upload.state, upload.problem, upload.effects]
        return [*told, part.accepted, part.repeated, part.rejected, part.problems]

    return ask


REGISTRATIONS = (
    "external_id,store_code,phone,name,registered_at,source,consent_service,consent_marketing\n"
    "N-1,{store},{number},顾客,2026-11-20T10:00:00+08:00,walk-in,yes,no\n"
)
BY_HAND = "姓名,手机号,日期,同意\n顾客,{number},2026-11-20,是\n"
CAPTURE = {"key": str(KEY), "country": "86", "phone": "{number}", "name": "顾客"}

WAYS = [
    Way("the search at the top, posted", "associate", _post("/search/", q="{number}")),
    Way("the search at the top, in the address", "owner", _get("/search/?q={number}")),
    Way("the last digits in the search at the top", "owner", _get("/search/?q={last}")),
    Way("the search of the list", "associate", _post("/customers/search/", q="{number}")),
    Way("the list by a whole number", "owner", _get("/customers/?view=all&q={number}")),
    Way("the list by last digits", "owner", _get("/customers/?view=all&q={last}")),
    Way("a file of the list", "owner", _get("/customers/?view=all&q={last}&export=csv")),
    Way("handing over by last digits", "owner", _get("/customers/hand-over/?view=all&q={last}")),
    Way("the counter without consent", "associate", _post("/capture/", **CAPTURE)),
    Way("the counter, right number of no receipt", "associate",
        _post("/capture/", **CAPTURE, consent="on", corrects="R-AAAAA-AAAAA")),
    Way("the counter, another store's", "owner",
        _post("/capture/", **CAPTURE, consent="on", store="RIVAL-STORE")),
    Way("the counter's form, filled by the address", "associate",
        _get("/capture/?phone={number}&corrects={number}")),
    Way("the card's other fields", "associate",
        _post("/customers/{card}/edit/", name="{number}", wechat="{number}", notes="{number}")),
    Way("a follow-up that names it", "associate",
        _post("/customers/{card}/follow-up/", kind="call", outcome="reached", note="{number}")),
    Way("showing the number of an own card", "associate",
        _post("/customers/{card}/number/", purpose="{number}")),
    Way("inviting it to the staff", "owner",
        _post("/staff/invite/", name="新人", address="{number}", role="associate",
              store="HOME-STORE")),
    Way("signing in with it", "anonymous",
        _post("/accounts/login/", login="{number}", password="wrong password")),
    Way("resetting its password", "anonymous",
        _post("/accounts/password/reset/", phone="{number}", email="")),
    Way("a code for it", "anonymous", _post("/accounts/login/code/", phone="{number}", email="")),
    Way("the public check of certificates", "anonymous", _get("/verify/?code={number}")),
    Way("the preview of a file", "owner", _file(REGISTRATIONS)),
    Way("the preview of a list by hand", "owner", _file(BY_HAND)),
    Way("the help of headquarters' page", "owner", _get("/admin/customers/customer/?q={number}")),
]  # fmt: skip


def told(matrix: Matrix, way: Way, number: str, other: str) -> object:
    """What the answer says, wherever it leads, without the number itself."""
    answer = way.ask(matrix, way.role, number)
    if not isinstance(answer, Answer):
        return answer
    digits = [number, other, number[-4:], other[-4:], f"{number[:3]} {number[3:7]} {number[7:]}",
              f"{other[:3]} {other[3:7]} {other[7:]}"]  # fmt: skip
    return answer.same(*digits)


def seconds(
    matrix: Matrix, way: Way, theirs: Sequence[str], nobodys: Sequence[str], *, pairs: int
) -> tuple[list[float], list[float]]:
    """How long each answer takes, of the rival's numbers and of nobody's, in turns by chance."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    turns = random.Random(2026)
    gc.collect()
    gc.disable()
    try:
        for pair in islice(cycle(zip(theirs, nobodys, strict=True)), pairs):
            asked = [(True, pair[0]), (False, pair[1])]
            turns.shuffle(asked)
            for is_theirs, number in asked:
                taken[is_theirs].append(_second(matrix, way, number))
    finally:
        gc.enable()
    return taken[True], taken[False]


def _second(matrix: Matrix, way: Way, number: str) -> float:
    """One answer as if nobody had asked before: without limits, and taken back."""
    cache.clear()
    with transaction.atomic():
        began = perf_counter()
        way.ask(matrix, way.role, number)
        took = perf_counter() - began
        transaction.set_rollback(True)
    return took


def area(some: Sequence[float], others: Sequence[float]) -> float:
    """How well one value tells which of two it belongs to: 0.5 not at all, 1 always.

    The area under the curve of whoever decides by a limit, whichever side is the slower one.
    """
    known = sorted(others)
    above = sum(bisect_left(known, each) + bisect_right(known, each) for each in some)
    found = above / (2 * len(some) * len(others))
    return max(found, 1 - found)

"""Asking the signer, who has a process, a key and a memory of its own: see ``serving``.

What stands here has neither: it tells the signer the heads of chains and gets signatures, or is
refused. ``PORTAL_SIGNER`` is the socket at which it answers.
"""

import json
import socket
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

from dealers.models import DailyRoot, Link, Restart, SignedLink
from dealers.receipts import memory
from dealers.receipts.memory import NotSigned, Signed
from dealers.receipts.merkle import Head
from dealers.signed_words import NOTHING

__all__ = ["Gap", "NotSigned", "Signed", "Signer", "SignerAway"]

PATIENCE = 60.0  # seconds for an answer
GREETED = 10.0  # seconds for the first: one that is frozen keeps no worker from other work


class SignerAway(Exception):
    """The signer does not answer, or cannot do its work; the same again may succeed later."""


class Gap(NamedTuple):
    """What the signer signed of a chain and the database does not have: places after ``kept``."""

    kept: tuple[int, bytes]  # the last place that both have, and its hash
    lost: tuple[int, bytes]  # the last that was signed
    until: datetime  # when that was


class Signer:
    """The signer at a socket. Whatever is asked raises SignerAway where it does not answer."""

    def __init__(self, address: str | None = None) -> None:
        self.address = address or settings.PORTAL_SIGNER

    @property
    def public_key(self) -> bytes:
        return bytes.fromhex(self._ask("key")["key"])

    def greet(self, patience: float = GREETED) -> None:
        """Nothing, if it answers within so many seconds."""
        self._ask("hello", patience)

    def sign(
        self,
        links: Sequence[Link],
        *,
        known: SignedLink | None,
        restarts: Sequence[Restart] = (),
        at: datetime,
    ) -> list[Signed]:
        """Sign links of one chain, in their order; those that were signed before as they were.

        One that is refused ends them: those before it stay signed. ``known`` is the last of that
        chain that the database knows to be signed, ``restarts`` all that it shows of it. Raises
        NotSigned if the first is refused: see ``memory``.
        """
        said = self._ask(
            "sign",
            dealer=links[0].dealer_id,
            places=[(it.seq, bytes(it.previous).hex(), bytes(it.hash).hex()) for it in links],
            known=known and (known.seq, known.words, bytes(known.signature).hex()),
            shown=[each.words for each in restarts],
            at=at.isoformat(),
        )
        return _signed(said)

    def dealers(self) -> list[int]:
        """Of whose chains it has signed anything. Raises NotSigned where it never signed at all."""
        return self._ask("dealers")["dealers"]

    def gap(self, dealer_id: int, there: Callable[[int], bytes | None]) -> Gap | None:
        """What it signed of a chain and is not ``there``: the hash that stands at a place now."""
        last: tuple[int, bytes, str] | None = None
        kept, before = (0, NOTHING), None
        while told := self._ask("heads", dealer=dealer_id, before=before)["heads"]:
            for seq, hash_, at in told:
                head = seq, bytes.fromhex(hash_)
                last = last or (*head, at)
                if there(seq) == head[1]:
                    kept, told = head, []
                    break
            if not told:
                break
            before = told[-1][0]
        if last is None or kept[0] == last[0]:
            return None
        return Gap(kept, last[:2], datetime.fromisoformat(last[2]))

    def restart(
        self,
        dealer_id: int,
        there: Callable[[int], bytes | None],
        *,
        known: SignedLink | None,
        at: datetime,
    ) -> list[Signed]:
        """State what of a chain is lost, if anything is, so that it goes on; with earlier ones.

        ``there`` and ``known`` as for ``gap`` and ``sign``. Raises NotSigned where the database
        holds the receipt of a lost place: then it was changed, and not put back.
        """
        gap = self.gap(dealer_id, there)
        said = self._ask(
            "restart",
            dealer=dealer_id,
            kept=gap and (gap.kept[0], gap.kept[1].hex()),
            known=known and known.seq,
            at=at.isoformat(),
        )
        return _signed(said)

    def roots(self) -> list[Signed]:
        """All roots that it signed, the earliest first."""
        return _signed(self._ask("roots"))

    def sign_root(
        self, day: date, heads: list[Head], *, known: DailyRoot | None, at: datetime
    ) -> tuple[Signed, list[Head]]:
        """Sign the root of a day over heads that it signed; with the heads that it is over.

        Again, that is the root which was signed for that day, with its heads. ``known`` is the last
        root that the database knows. Raises NotSigned: see ``memory``.
        """
        said = self._ask(
            "sign_root",
            day=str(day),
            heads=memory.written(heads),
            known=known and (str(known.day), known.words, bytes(known.signature).hex()),
            at=at.isoformat(),
        )
        (signed,) = _signed(said)
        return signed, heads if said["heads"] is None else memory.read(said["heads"])

    def _ask(self, what: str, patience: float = PATIENCE, **more: Any) -> dict[str, Any]:
        line = json.dumps({"do": what, **more}).encode()
        try:
            import_string(settings.PORTAL_SIGNER_START)(self.address)
            with socket.socket(socket.AF_UNIX) as door:
                door.settimeout(patience)
                door.connect(self.address)
                door.sendall(line + b"\n")
                with door.makefile("rb") as answer:
                    said = json.loads(answer.readline() or b"{}")
        except (OSError, ValueError) as problem:
            raise SignerAway(f"The signer does not answer at {self.address}: {problem}") from None
        if "refused" in said:
            raise NotSigned(said["refused"])
        if "failed" in said or not said:
            raise SignerAway(f"The signer cannot sign: {said.get('failed', 'it ended')}")
        return said


def _signed(said: dict[str, Any]) -> list[Signed]:
    return [Signed(words, bytes.fromhex(signature)) for words, signature in said["signed"]]

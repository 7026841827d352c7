"""What a pack has of the agreement: what was answered, the signed papers, the words of each."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext_lazy as _

from dealers.actor import Actor
from dealers.exit_pack.network import names
from dealers.exit_pack.parts import CHUNK, Column, Documents, Rows, Table
from dealers.models import AgreementAnswer, AgreementPaper


def lines(dealer_id: int) -> Iterator[str]:
    """The words of every version that was answered, as the program that checks them takes them."""
    found = AgreementAnswer.objects.of(dealer_id)
    yield from dict.fromkeys(answer.version.line for answer in found)


def _answers(dealer_id: int, _by: Actor) -> Rows:
    called = names()
    found = AgreementAnswer.objects.of(dealer_id).order_by("at", "pk")
    for each in found.iterator(CHUNK):
        yield (
            each.at, each.version.name, each.version.starts_on, each.signed, each.name,
            called.get(each.by_id, ""), each.second_factor, each.sha256,
        )  # fmt: skip


def _papers(dealer_id: int, _by: Actor) -> Iterator[tuple[str, Iterable[bytes]]]:
    found = AgreementPaper.objects.filter(answer__dealer=dealer_id).order_by("pk")
    for each in found.iterator(1):
        yield f"agreement-{each.answer_id}.pdf", [bytes(each.pdf)]


ANSWERS = Table(
    "agreement_answers",
    _("What you signed of the agreement, and what you refused"),
    (
        Column("at", _("at")),
        Column("version", _("version")),
        Column("applies_from", _("applies from")),
        Column("signed", _("signed, or refused")),
        Column("name", _("signed as")),
        Column("by", _("by")),
        Column("second_factor", _("second factor shown")),
        Column("sha256", _("SHA-256 of the words in both languages")),
    ),
    _answers,
    lambda dealer: AgreementAnswer.objects.filter(dealer=dealer).count(),
)
PAPERS = Documents(
    "agreements",
    _("The signed agreements"),
    _("As you signed them, with all of their text. Their hashes stand in your chain."),
    _papers,
)

"""What a regional manager saw at a store, the one thing agreed, and what came of it."""

from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import DayField, MomentField, legible, within
from dealers.constraints import TogetherForeignKey
from dealers.models import Dealer, Store, User
from dealers.triggers import append_only, no_truncate

LONGEST = 400  # letters of a text


class Aim(models.TextChoices):
    """The figure of the store that a note wants to move."""

    REGISTRATIONS = "registrations", _("Valid registrations")
    CONTACT = "contact", _("First contact in time")
    CONVERSION = "conversion", _("Conversion")
    NET_SALES = "net_sales", _("Net sales")


class NoteQuerySet(models.QuerySet["CoachingNote"]):
    def open(self) -> Self:
        """Of which nobody has said yet what came of them."""
        return self.filter(outcome__isnull=True)

    def due(self, day: date) -> Self:
        """The open ones whose day of checking is ``day`` or was before."""
        return self.open().filter(check_on__lte=day)


def _figure(label: Any) -> models.DecimalField:
    return models.DecimalField(label, max_digits=30, decimal_places=6, null=True, blank=True)


class CoachingNote(models.Model):
    """A visit or a call: what was seen, why it is so, one thing to do, when it is checked.

    The store's manager and its owner read it as it stands. Only ever added.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, db_index=False, related_name="coaching_notes",
        verbose_name=_("store"),
    )  # fmt: skip
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="coaching_notes", verbose_name=_("dealer")
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("written by"))
    at = MomentField(_("at"))
    saw = models.CharField(_("what I saw"), max_length=LONGEST)
    why = models.CharField(_("why it is so"), max_length=LONGEST)
    to_do = models.CharField(_("one thing to do"), max_length=LONGEST)
    aim = models.CharField(_("figure"), max_length=20, choices=Aim)
    # Of the four weeks before, as it was counted then; empty where there was nothing to count.
    before = _figure(_("figure before"))
    check_on = DayField(_("checked on"))

    objects = NoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("coaching note")
        verbose_name_plural = _("coaching notes")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("coaching_note_between_1990_and_2200", moments=["at"], days=["check_on"]),
            legible("coaching_note_is_legible", "saw", "why", "to_do"),
            models.CheckConstraint(
                name="coaching_note_says_something",
                condition=~Q(saw="") & ~Q(why="") & ~Q(to_do=""),
            ),
            models.CheckConstraint(
                name="coaching_note_aims_at_a_figure", condition=Q(aim__in=Aim.values)
            ),
            TogetherForeignKey(
                name="coaching_note_store_of_its_dealer",
                fields=["store", "dealer"],
                to="dealers.Store",
                to_fields=["id", "dealer"],
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "-at"], name="coaching_notes_of_a_store"),
            models.Index(fields=["check_on"], name="coaching_notes_by_day"),
        ]
        triggers: ClassVar = [
            append_only("coaching_note_only_added"),
            no_truncate("coaching_notes_never_emptied"),
        ]

    def __str__(self) -> str:
        return self.to_do


class Came(models.TextChoices):
    """What came of the one thing to do."""

    DONE = "done", _("Done")
    PARTLY = "partly", _("Partly done")
    NOT_DONE = "not_done", _("Not done")
    DROPPED = "dropped", _("No longer needed")


class CoachingCheck(models.Model):
    """What came of a note, with the figure of the four weeks before. Only ever added."""

    note = models.OneToOneField(
        CoachingNote, models.PROTECT, related_name="outcome", verbose_name=_("coaching note")
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("checked by"))
    at = MomentField(_("at"))
    came = models.CharField(_("what came of it"), max_length=10, choices=Came)
    said = models.CharField(_("in words"), max_length=LONGEST, blank=True)
    after = _figure(_("figure after"))

    class Meta:
        verbose_name = _("coaching check")
        verbose_name_plural = _("coaching checks")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("coaching_check_between_1990_and_2200", moments=["at"]),
            legible("coaching_check_is_legible", "said"),
            models.CheckConstraint(
                name="coaching_check_says_what_came", condition=Q(came__in=Came.values)
            ),
        ]
        triggers: ClassVar = [
            append_only("coaching_check_only_added"),
            no_truncate("coaching_checks_never_emptied"),
        ]

    def __str__(self) -> str:
        return self.get_came_display()

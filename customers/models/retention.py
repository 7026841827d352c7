"""How long people are kept of whom nothing was heard, and numbers that nobody should know."""

from typing import ClassVar, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.people import Identity
from customers.models.registrations import Registration
from customers.models.unconfirmed import Unconfirmed
from dealers.bounds import MomentField, within
from dealers.models import Dealer, User
from dealers.triggers import fixed, never_deleted, no_truncate

SHORTEST = 6  # months


class Retention(models.Model):
    """After how long without any dealings a person is erased; there is one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    idle_months = models.PositiveSmallIntegerField(
        _("months without dealings"),
        null=True,
        blank=True,
        default=24,
        validators=[MinValueValidator(SHORTEST)],
        help_text=_(
            "People with whom no store had anything to do for so long are erased each night."
            " Empty: nobody is."
        ),
    )

    class Meta:
        verbose_name = _("retention")
        verbose_name_plural = _("retention")
        constraints: ClassVar = [
            models.CheckConstraint(name="retention_is_one_row", condition=Q(id=1)),
            models.CheckConstraint(
                name="retention_is_long_enough",
                condition=Q(idle_months__isnull=True) | Q(idle_months__gte=SHORTEST),
            ),
        ]
        triggers: ClassVar = [
            never_deleted("retention_never_deleted"),
            no_truncate("retention_never_emptied"),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def current(cls) -> Self:
        return cls.objects.filter(pk=1).first() or cls()


class PlantedNumber(models.Model):
    """A number that belongs to nobody: who registers it typed a list, or guessed."""

    identity = models.OneToOneField(
        Identity, models.PROTECT, related_name="planted", verbose_name=_("identity")
    )
    planted_by = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("person")
    )
    planted_at = MomentField(_("at"), default=timezone.now)
    ended_at = MomentField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("planted number")
        verbose_name_plural = _("planted numbers")
        ordering = ("-planted_at", "-id")
        constraints: ClassVar = [
            within("planted_between_1990_and_2200", moments=["planted_at", "ended_at"]),
        ]
        triggers: ClassVar = [
            fixed("planted_stays_what_it_is", "identity", "planted_by", "planted_at"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class TypedInto(models.TextChoices):
    """Where somebody typed a number that nobody registered."""

    ORDER = "order", _("an order by hand")
    LEAD = "lead", _("a lead")
    SEARCH = "search", _("the search")
    FILE = "file", _("a file")


class PlantedHit(models.Model):
    """A planted number, or that of a dealer's test customer, was registered or typed."""

    registration = models.ForeignKey(
        Registration, models.PROTECT, null=True, blank=True, related_name="planted",
        verbose_name=_("registration"),
    )  # fmt: skip
    # Where it was typed only, and waits for a customer who does not exist.
    unconfirmed = models.ForeignKey(
        Unconfirmed, models.PROTECT, null=True, blank=True, related_name="planted",
        verbose_name=_("typed"),
    )  # fmt: skip
    # Who typed it elsewhere, and where.
    typed_by = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("typed by"),
    )  # fmt: skip
    typed_into = models.CharField(
        _("typed into"), max_length=8, choices=TypedInto, blank=True, db_default=""
    )
    # Which number of headquarters it is, or whose test customer. Of a number that was typed before
    # these were told apart neither is known.
    planted = models.ForeignKey(
        PlantedNumber, models.PROTECT, null=True, blank=True, related_name="hits",
        verbose_name=_("planted number"),
    )  # fmt: skip
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("dealer")
    )
    at = MomentField(_("at"), default=timezone.now)
    told_at = MomentField(_("told at"), null=True, blank=True)

    class Meta:
        verbose_name = _("hit of a planted number")
        verbose_name_plural = _("hits of planted numbers")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("planted_hit_between_1990_and_2200", moments=["at", "told_at"]),
            models.CheckConstraint(
                name="planted_hit_is_of_headquarters_or_of_a_dealer",
                condition=Q(planted__isnull=True) | Q(dealer__isnull=True),
            ),
            models.CheckConstraint(
                name="planted_hit_was_registered_or_typed",
                condition=Q(
                    registration__isnull=False,
                    unconfirmed__isnull=True,
                    typed_by__isnull=True,
                    typed_into="",
                )
                | Q(
                    registration__isnull=True,
                    unconfirmed__isnull=False,
                    typed_by__isnull=True,
                    typed_into="",
                )
                | Q(
                    registration__isnull=True,
                    unconfirmed__isnull=True,
                    typed_by__isnull=False,
                    typed_into__in=TypedInto.values,
                )
                | Q(
                    registration__isnull=True,
                    unconfirmed__isnull=True,
                    typed_by__isnull=True,  # a command on the server
                    typed_into=TypedInto.FILE,
                ),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["at"], name="planted_hit_untold", condition=Q(told_at=None)),
        ]
        triggers: ClassVar = [
            fixed(
                "planted_hit_stays", "registration", "unconfirmed", "typed_by", "typed_into",
                "planted", "dealer", "at",
            ),
            never_deleted("planted_hit_never_deleted"),
            no_truncate("planted_hit_never_emptied"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"#{self.pk}"

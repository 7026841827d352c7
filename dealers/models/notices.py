"""What the portal tells people, and how each wants to be told."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers import sayings
from dealers.bounds import MomentField, within
from dealers.models.people import User


class NoticeLevel(models.TextChoices):
    NOW = "now", _("Act now")
    TODAY = "today", pgettext_lazy("level of a notice", "Today")
    DIGEST = "digest", _("Weekly digest")


class NoticeKind(models.TextChoices):
    """What a notice is about. The words are also all that a copy of it says."""

    CANARY = "canary", _("Somebody opened a test customer of yours")
    BULK = "bulk", _("Somebody looked at far more than usual")
    LOOK = "look", _("Somebody from outside looked at your customers")
    LEAVER = "leaver", _("What somebody who left had looked at")
    POST = "post", _("A post began, changed or ended")
    OWNER = "owner", _("Another owner of your dealer")
    HANDOVER = "handover", _("Customers were handed over")
    CLOSES = "closes", _("A store or a dealer closes")
    LEAVES = "leaves", _("A customer leaves you, or comes")
    VOID = "void", _("A registration was taken back")
    DISPATCH = "dispatch", _("A lead waits for your answer")
    PAGE = "page", _("A customer registered on your page")
    RIGHTS = "rights", _("A customer changed what may be kept or done")
    CASE = "case", _("A case about a customer goes on")
    DISPUTE = "dispute", _("A dispute about an amount goes on")
    FOLLOW_UP = "follow_up", _("Follow-ups are due")
    PROTECTION = "protection", _("A protection ends, goes on or begins")
    TRAINING = "training", _("Courses wait for you")
    SHARING = "sharing", _("A story or a sharing session")
    COACHING = "coaching", _("Your regional manager wrote to your store, or is to look")
    STATEMENT = "statement", _("A statement is there")
    AGREEMENT = "agreement", _("A version of the agreement waits for your answer")
    ROOT = "root", _("The daily root, signed, to keep")
    REWARD = "reward", _("A reward is announced, given or held")
    WEEK = "week", _("Your week in figures")
    IMPORT = "import", _("An imported file is checked or done")
    EXPORT = "export", _("A file that you asked for is ready")
    ALARM = "alarm", _("An alarm of the portal")
    CLOSING = "closing", _("A month was closed, or could not be")


class NoticeQuerySet(models.QuerySet["Notice"]):
    def of(self, user: User) -> Self:
        """What ``user`` was told."""
        return self.filter(user=user)

    def unread(self) -> Self:
        return self.filter(read_at__isnull=True)

    def to_copy(self, user: User, at: datetime) -> Self:
        """What a copy that goes to ``user`` at ``at`` is about: read meanwhile, it is not."""
        return self.filter(user=user, copy_at=at, read_at__isnull=True)


class Notice(models.Model):
    """Something that one person is told, with the way to the very thing."""

    user = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="notices", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=NoticeKind)
    level = models.CharField(_("level"), max_length=10, choices=NoticeLevel)
    said = models.CharField(_("notice"), max_length=1000)  # as sayings keep it, and below it
    detail = models.CharField(_("details"), max_length=1000, blank=True)
    to = models.CharField(_("leads to"), max_length=300)
    about = models.CharField(
        _("key"), max_length=120, blank=True, help_text=_("Told once only, however often.")
    )
    at = MomentField(_("at"))
    copy_at = MomentField(_("copied at"))  # a bundle: what is copied at one moment is one message
    read_at = MomentField(_("read at"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("notice_between_1990_and_2200", moments=["at", "copy_at", "read_at"]),
            models.CheckConstraint(
                name="notice_kind_is_known", condition=Q(kind__in=NoticeKind.values)
            ),
            models.CheckConstraint(
                name="notice_level_is_known", condition=Q(level__in=NoticeLevel.values)
            ),
            models.CheckConstraint(
                name="notice_leads_to_a_page_of_ours",
                condition=Q(to__startswith="/") & ~Q(to__startswith="//") & ~Q(to__contains="\\"),
            ),
            models.UniqueConstraint(
                name="notice_told_once",
                fields=["user", "kind", "about"],
                condition=~Q(about=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "-at", "-id"], name="notice_newest_first"),
            models.Index(
                fields=["user", "copy_at"], name="notice_unread", condition=Q(read_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """What is told, in the reader's language."""
        return sayings.read(self.said)

    @property
    def more(self) -> str:
        """What is told below it, in the reader's language."""
        return sayings.read(self.detail)


class NoticeCopy(models.TextChoices):
    """What a person gets beside the notice on their page in the portal."""

    NONE = "none", _("In the portal only")
    MAIL = "mail", _("Also by e-mail")
    SMS = "sms", _("Also by short message")


class NoticeChoice(models.Model):
    """How a person wants to be told of one kind, where that is not the portal's own way."""

    user = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="notice_choices",
        verbose_name=_("person"),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=20, choices=NoticeKind)
    copy = models.CharField(_("copy"), max_length=10, choices=NoticeCopy)
    at_night = models.BooleanField(_("at night as well"), default=False)

    class Meta:
        verbose_name = _("way of being told")
        verbose_name_plural = _("ways of being told")
        ordering = ("user", "kind")
        constraints: ClassVar = [
            models.UniqueConstraint(name="notice_choice_once_per_kind", fields=["user", "kind"]),
            models.CheckConstraint(
                name="notice_choice_kind_is_known", condition=Q(kind__in=NoticeKind.values)
            ),
            models.CheckConstraint(
                name="notice_choice_copy_is_known", condition=Q(copy__in=NoticeCopy.values)
            ),
            models.CheckConstraint(
                name="notice_choice_at_night_of_leads",
                condition=Q(at_night=False) | Q(kind=NoticeKind.DISPATCH),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.get_copy_display()}"

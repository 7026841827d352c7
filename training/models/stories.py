"""Stories of benchmark stores: how they did it, told by themselves and agreed to by their owner."""

from typing import ClassVar, Self

import pgtrigger
from django.core.validators import FileExtensionValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers import publication, sayings
from dealers.bounds import DayField, MomentField, NameField, legible, within
from dealers.constraints import TogetherForeignKey
from dealers.models import Dealer, Role, Store, User
from dealers.publication import (
    MOMENTS,
    Publication,
    PublicationQuerySet,
    approved_by_somebody_else,
    steps_in_order,
    tested_as_it_is,
)
from dealers.sayings import in_language
from dealers.triggers import fixed, no_truncate, refuses
from training.kept import story_path
from training.models.courses import Course
from training.models.lessons import validate_size
from training.models.titles import Titled

WITHDRAWN = "'withdrawn_at', 'withdrawn_by_id'"
# As which the database knows whoever is no task and no command.
SOMEBODY = r"(current_user LIKE 'portal\_%' AND current_user <> 'portal_worker')"


class StoryState(models.TextChoices):
    """How far a story has come, and for whom it waits."""

    OWNER = "owner", _("Waits for the owner")
    APPROVAL = "approval", _("Waits for headquarters")
    SHOWN = "shown", _("On the pages")
    GONE = "gone", _("Taken off the pages")


class StoryQuerySet(PublicationQuerySet["Story"]):
    """Drafts, what is shown, and what was taken off the pages again."""

    def shown(self) -> Self:
        """Published, and not withdrawn."""
        return self.published().filter(withdrawn_at__isnull=True)

    def in_state(self, state: str) -> Self:
        """Those in a state; the same as ``Story.state``."""
        match state:
            case StoryState.OWNER:
                return self.drafts().filter(tested_at__isnull=True)
            case StoryState.APPROVAL:
                return self.drafts().filter(tested_at__isnull=False)
            case StoryState.SHOWN:
                return self.shown()
        return self.filter(withdrawn_at__isnull=False)

    def of_post(self, role: str, dealer_id: int | None, store_id: int | None) -> Self:
        """The dealer's own, shown or not: for its owner all, for a store manager the store's."""
        own = self.filter(dealer=dealer_id)
        if role == Role.OWNER:
            return own
        if role == Role.STORE_MANAGER:
            return own.filter(store=store_id)
        return self.none()


class Story(Titled, Publication):
    """How a store, or a dealer, reached what a frozen board says of it.

    Its owner agrees to it as it stands (the step *tested*), headquarters approves it, and from then
    on it never changes. The owner takes it off all pages whenever they like.
    """

    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="stories", verbose_name=_("dealer")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="stories",
        verbose_name=_("store"), help_text=_("Empty: the dealer itself."),
    )  # fmt: skip
    title = NameField(_("title (Chinese)"), max_length=120)
    title_en = NameField(_("title (English)"), max_length=120, blank=True)
    body = models.TextField(_("text (Chinese)"), help_text=_("Markdown."))
    body_en = models.TextField(_("text (English)"), blank=True, help_text=_("Markdown."))
    video = models.FileField(
        _("video"),
        upload_to=story_path,
        blank=True,
        validators=[FileExtensionValidator(["mp4", "webm"]), validate_size],
    )
    captions = models.FileField(
        _("captions"),
        upload_to=story_path,
        blank=True,
        validators=[FileExtensionValidator(["vtt"]), validate_size],
    )
    named = models.BooleanField(
        _("named"),
        default=False,
        editable=False,
        help_text=_("The owner agreed that the name stands beside it."),
    )
    courses = models.ManyToManyField(
        Course,
        blank=True,
        related_name="stories",
        verbose_name=_("courses"),
        help_text=_("On the pages of these courses and of their lessons the story is offered."),
    )
    withdrawn_at = MomentField(_("withdrawn at"), null=True, blank=True, editable=False)
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+",
        verbose_name=_("withdrawn by"),
    )  # fmt: skip

    objects = StoryQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("of a benchmark", "story")
        verbose_name_plural = _("stories")
        ordering = ("-published_at", "-id")
        constraints: ClassVar = [
            within("story_between_1990_and_2200", moments=[*MOMENTS, "withdrawn_at"]),
            legible("story_title_is_legible", "title", "title_en"),
            steps_in_order("story_steps_in_order"),
            models.CheckConstraint(
                name="story_video_has_captions", condition=Q(video="") | ~Q(captions="")
            ),
            models.CheckConstraint(
                name="story_withdrawn_by_somebody_once_published",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False)
                & Q(published_at__isnull=False),
            ),
            TogetherForeignKey(
                name="story_store_of_its_dealer",
                fields=["store", "dealer"],
                to="dealers.Store",
                to_fields=["id", "dealer"],
            ),
        ]
        triggers: ClassVar = [
            fixed("story_stays_who_tells_it", "dealer", "store"),
            pgtrigger.Protect(
                name="story_published_never_deleted",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            ),
            refuses(
                "story_published_never_changes",
                f"""OLD.published_at IS NOT NULL AND (OLD.withdrawn_at IS NOT NULL
                OR to_jsonb(NEW) - ARRAY[{WITHDRAWN}] <> to_jsonb(OLD) - ARRAY[{WITHDRAWN}])""",
                "What is published never changes.",
                operation=pgtrigger.Update,
                rows=True,
            ),
            tested_as_it_is("story_agreed_to_as_it_is"),
            approved_by_somebody_else("story_approved_by_somebody_else", "true"),
            refuses(
                "story_approved_by_none_of_its_authors",
                """NEW.published_at IS NOT NULL AND OLD.published_at IS NULL
                AND NEW.approved_by_id IN (NEW.drafted_by_id, NEW.edited_by_id)""",
                "Somebody else than who wrote it approves.",
                operation=pgtrigger.Insert | pgtrigger.Update,
                rows=True,
            ),
            refuses(
                "story_agreed_to_by_its_owner",
                f"""NEW.tested_at IS NOT NULL AND NEW.tested_at IS DISTINCT FROM OLD.tested_at
                AND {SOMEBODY} AND coalesce(current_setting('app.role', true), '') <> 'owner'""",
                "The owner alone agrees.",
                operation=pgtrigger.Insert | pgtrigger.Update,
                rows=True,
            ),
            refuses(
                "story_approved_by_headquarters",
                f"""NEW.approved_at IS NOT NULL AND NEW.approved_at IS DISTINCT FROM OLD.approved_at
                AND {SOMEBODY} AND current_user <> 'portal_hq'""",
                "Headquarters alone approves.",
                operation=pgtrigger.Insert | pgtrigger.Update,
                rows=True,
            ),
            no_truncate("stories_never_emptied"),
        ]

    @property
    def local_body(self) -> str:
        return in_language(self.body, self.body_en)

    @property
    def teller(self) -> Store | Dealer:
        """Who tells it: the store, or the dealer itself."""
        return self.store or self.dealer

    @property
    def is_shown(self) -> bool:
        return self.is_published and self.withdrawn_at is None

    @property
    def state(self) -> StoryState:
        if self.withdrawn_at:
            return StoryState.GONE
        if self.is_published:
            return StoryState.SHOWN
        return StoryState.APPROVAL if self.tested_at else StoryState.OWNER


def part_of_story(name: str) -> list[pgtrigger.Trigger]:
    """A part of a story: of a published one it stays, of a draft it has it agreed to anew."""
    return [
        publication.part_of_published(
            f"{name}_of_published_never_changes", "training_story", key="story_id"
        ),
        publication.part_forgets_steps(
            f"{name}_is_agreed_to_anew", "training_story", key="story_id"
        ),
    ]


class StoryPicture(models.Model):
    """A picture of a story, made anew; its text shows it by its number."""

    story = models.ForeignKey(
        Story,
        models.CASCADE,
        related_name="pictures",
        verbose_name=pgettext_lazy("of a benchmark", "story"),
    )
    number = models.PositiveSmallIntegerField(_("number"))
    image = models.ImageField(
        _("picture"), upload_to=story_path, width_field="width", height_field="height"
    )
    width = models.PositiveIntegerField(_("width"), editable=False)
    height = models.PositiveIntegerField(_("height"), editable=False)
    alt = NameField(_("what it shows"), max_length=200)

    class Meta:
        verbose_name = _("picture of a story")
        verbose_name_plural = _("pictures of stories")
        ordering = ("story", "number")
        constraints: ClassVar = [
            legible("story_picture_is_described", "alt"),
            models.UniqueConstraint(
                name="story_picture_number_used_once", fields=["story", "number"]
            ),
        ]
        triggers: ClassVar = part_of_story("story_picture")

    def __str__(self) -> str:
        return self.alt


class StoryFigure(models.Model):
    """What a frozen board says of who tells a story, copied from it as it stood. Never typed."""

    story = models.ForeignKey(
        Story,
        models.CASCADE,
        related_name="figures",
        verbose_name=pgettext_lazy("of a benchmark", "story"),
    )
    # The place on the board, which belongs to an app above this one.
    ranking = models.BigIntegerField(_("place on a board"), editable=False)
    metric = models.CharField(_("figure"), max_length=20)
    length = models.CharField(_("length"), max_length=10)
    starts_on = DayField(_("starts on"))
    value = models.DecimalField(_("value"), max_digits=30, decimal_places=6)
    rank = models.PositiveIntegerField(_("place"))
    of = models.PositiveIntegerField(_("of"))
    source = models.CharField(_("source"), max_length=500)  # as sayings keep it
    taken_at = MomentField(_("taken at"))

    class Meta:
        verbose_name = _("figure of a story")
        verbose_name_plural = _("figures of stories")
        ordering = ("story", "-starts_on", "id")
        constraints: ClassVar = [
            within("story_figure_between_1990_and_2200", moments=["taken_at"], days=["starts_on"]),
            models.UniqueConstraint(name="story_figure_once", fields=["story", "ranking"]),
        ]
        triggers: ClassVar = [
            *part_of_story("story_figure"),
            pgtrigger.Protect(name="story_figure_stays_as_taken", operation=pgtrigger.Update),
            refuses(
                "story_figure_stands_on_a_frozen_board",
                """NOT EXISTS (
                    SELECT FROM incentives_ranking AS place
                    JOIN incentives_board AS board ON board.id = place.board_id
                    JOIN training_story AS story ON story.id = NEW.story_id
                    WHERE place.id = NEW.ranking AND board.frozen_at IS NOT NULL
                        AND place.dealer_id = story.dealer_id AND place.post_id IS NULL
                        AND place.store_id IS NOT DISTINCT FROM story.store_id
                        AND board.metric = NEW.metric AND board.length = NEW.length
                        AND board.starts_on = NEW.starts_on AND place.value = NEW.value
                        AND place.rank = NEW.rank AND place.of = NEW.of)""",
                "A figure is copied from a frozen board.",
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.starts_on}"

    @property
    def sentence(self) -> str:
        """What the board says, in the reader's language."""
        return sayings.read(self.source)

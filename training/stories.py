"""Stories of benchmark stores: written by the store or headquarters, agreed to by its owner.

The owner reads the very page that others will see, says whether the name may stand on it, and takes
it off all pages again on any day. Figures come from frozen boards and are never typed.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from PIL import Image

from dealers import exhibits, markdown, notices, publication, sayings
from dealers.actor import Actor, acting
from dealers.exhibits import ExhibitKind, ExhibitRefused
from dealers.models import Dealer, NoticeKind, Role, Store
from dealers.publication import FirstStep
from training import benchmarks
from training.files import size_of
from training.models import Course, Story, StoryFigure, StoryPicture
from training.models.stories import StoryQuerySet

LONGEST = 8000  # letters of a text
MOST_PICTURES, MOST_FIGURES = 12, 6
BESIDE = 3  # stories beside a course or a board
WORKER = Actor.worker("stories")
LEADERS = (Role.OWNER, Role.STORE_MANAGER)
AGREEING = FirstStep(
    missing=gettext_lazy("The owner has not agreed to it yet."),
    yours=gettext_lazy("You agreed to it yourself: somebody else approves it."),
    same=gettext_lazy("Somebody else than who agreed to it approves it."),
)
WAITS = gettext_noop("A story about %(teller)s waits for your agreement: %(title)s")
AGREED = gettext_noop("A story waits for headquarters' approval: %(title)s")
SHOWN = gettext_noop("Your story is on the pages now: %(title)s")


class StoryRefused(Exception):
    """The message is written for the person who asked."""


@dataclass(frozen=True)
class Shown:
    """A story as its page shows it."""

    name: str  # of who tells it; what it is where the name is not shown
    sections: list[markdown.Section]
    pictures: list[markdown.Illustration]  # that its text does not show
    figures: list[str]
    video: str
    video_bytes: int | None
    captions: str


def visible_to(by: Actor) -> StoryQuerySet:
    """What somebody may read: what is shown, and of the own dealer what they write or agree to."""
    if by.at_hq and by.person.has_perm("training.view_story"):
        return Story.objects.all()
    return Story.objects.shown() | of_own(by)


def of_own(by: Actor) -> StoryQuerySet:
    """The stories that somebody at a dealer writes or agrees to."""
    return Story.objects.of_post(by.role, by.dealer_id, by.store_id)


@dataclass(frozen=True)
class Told:
    """A story in a list: with who tells it, as the reader may know."""

    story: Story
    name: str


def listed(about: Course | str, by: Actor) -> list[Told]:
    """What is shown beside a course and its lessons, or the board of a figure; newest first.

    Nothing for who has no post: stories are behind the walls, and they are still at the door.
    """
    if not by.in_network:
        return []
    found = Story.objects.shown().select_related("store", "dealer")
    if isinstance(about, Course):
        found = found.filter(courses=about)
    else:
        found = found.filter(pk__in=StoryFigure.objects.filter(metric=about).values("story"))
    return told(found[:BESIDE], by)


def told(found: Iterable[Story], by: Actor) -> list[Told]:
    """Stories with the names that somebody may read."""
    return [Told(story, name_of(story, by)) for story in found]


def name_of(story: Story, by: Actor | None = None) -> str:
    """Who tells a story, as ``by`` may read it: by name where the owner agreed, or it is theirs."""
    known = by is not None and (by.at_hq or story.dealer_id == by.dealer_id)
    return called(story.teller, named=story.named or known)


def called(teller: Store | Dealer, *, named: bool) -> str:
    """Who tells something: by name, or where that is not to be read by what it is."""
    if named:
        return str(teller.name)
    return _("A benchmark store") if isinstance(teller, Store) else _("A benchmark dealer")


def shown(story: Story, by: Actor) -> Shown:
    """A story with its pictures, figures and video, for its page."""
    pictures = {
        str(picture.number): markdown.Illustration(
            reverse("training:story_picture", args=[story.pk, picture.number]),
            picture.alt,
            picture.width,
            picture.height,
        )
        for picture in story.pictures.all()
    }
    body = story.local_body
    placed = markdown.picture_names(body)

    def url(part: str) -> str:
        stored = getattr(story, part)
        return reverse("training:story_file", args=[story.pk, part]) if stored else ""

    return Shown(
        name=name_of(story, by),
        sections=markdown.sections(body, pictures),
        pictures=[each for number, each in pictures.items() if number not in placed],
        figures=[figure.sentence for figure in story.figures.all()],
        video=url("video"),
        video_bytes=size_of(story.video) if story.video else None,
        captions=url("captions"),
    )


# Writing


def write(story: Story, *, by: Actor, at: datetime) -> Story:
    """Keep a draft, new or changed, as its fields say; the owner agrees to it anew.

    Raises StoryRefused for whoever may not write it, and for what is published.
    """
    _check_author(story, by)
    with transaction.atomic():
        agreed = None
        if story.pk is not None:
            agreed = _lock(story).tested_at
            publication.forget_steps(story)
        publication.written(story, by=by, at=at)
        story.save()
        if by.role != Role.OWNER:
            _ask_owner(story, agreed, at)
    return story


def _check_author(story: Story, by: Actor) -> None:
    if by.at_hq:
        return
    own = by.dealer_id is not None and story.dealer_id == by.dealer_id
    if not own or by.role not in LEADERS:
        raise StoryRefused(_("Its owner, the store's manager and headquarters write a story."))
    if by.role == Role.STORE_MANAGER and story.store_id != by.store_id:
        raise StoryRefused(_("A store manager writes of the own store."))


def _lock(story: Story) -> Story:
    """The row as it is, which nobody else changes now. Raises StoryRefused once it is published."""
    row = Story.objects.select_for_update(no_key=True).get(pk=story.pk)
    if row.is_published:
        raise StoryRefused(_("It is published, and what is published never changes."))
    return row


def _ask_owner(story: Story, agreed: datetime | None, at: datetime) -> None:
    """Ask once a day; and whenever it is no longer what was ``agreed`` to."""
    again = f":{agreed.isoformat()}" if agreed else ""
    title = sayings.kept(WAITS, teller=[str(story.teller.name)], title=[story.titles])
    notices.tell(
        notices.owners(story.dealer_id, at),
        NoticeKind.SHARING,
        title,
        to=reverse("training:story", args=[story.pk]),
        about=f"story:{story.pk}:{at:%Y-%m-%d}{again}",
        at=at,
    )


def add_picture(
    story: Story, file: UploadedFile, alt: str, *, by: Actor, at: datetime
) -> StoryPicture:
    """Add a picture, made anew: not where it was taken, nor by which device.

    Raises StoryRefused for what is no picture, and where there are enough.
    """
    _check_author(story, by)
    try:
        kind, content = exhibits.prepared(file)
    except ExhibitRefused as refused:
        raise StoryRefused(str(refused)) from refused
    if kind != ExhibitKind.IMAGE:
        raise StoryRefused(_("Bring a JPEG or PNG picture."))
    with transaction.atomic():
        row = _lock(story)
        last = row.pictures.aggregate(last=Max("number"))["last"] or 0
        if row.pictures.count() >= MOST_PICTURES:
            raise StoryRefused(
                _("A story has at most %(count)d pictures.") % {"count": MOST_PICTURES}
            )
        with Image.open(BytesIO(content)) as made:
            width, height = made.size
        picture = row.pictures.create(
            number=last + 1,
            image=ContentFile(content, "picture.jpg"),
            width=width,
            height=height,
            alt=alt,
        )
        _edited(story, row.tested_at, by, at)
    return picture


def remove_picture(story: Story, number: int, *, by: Actor, at: datetime) -> None:
    """Take a picture out of a draft."""
    _check_author(story, by)
    with transaction.atomic():
        row = _lock(story)
        with acting(WORKER):  # nobody at a dealer deletes rows
            row.pictures.filter(number=number).delete()
        _edited(story, row.tested_at, by, at)


def offered(story: Story) -> list[benchmarks.Result]:
    """What boards say of who tells the story, and it does not say yet."""
    taken = set(story.figures.values_list("ranking", flat=True))
    found = benchmarks.results(story.dealer_id, story.store_id)
    return [result for result in found if result.ranking not in taken]


def take_figure(story: Story, ranking: int, *, by: Actor, at: datetime) -> StoryFigure:
    """Copy a place of a frozen board into a draft. Raises StoryRefused for one that is not its."""
    _check_author(story, by)
    with transaction.atomic():
        row = _lock(story)
        if row.figures.count() >= MOST_FIGURES:
            raise StoryRefused(
                _("A story has at most %(count)d figures.") % {"count": MOST_FIGURES}
            )
        found = {result.ranking: result for result in offered(row)}
        if ranking not in found:
            raise StoryRefused(_("Choose one of the frozen boards."))
        figure = row.figures.create(**asdict(found[ranking]), taken_at=at)
        _edited(story, row.tested_at, by, at)
    return figure


def drop_figure(story: Story, pk: int, *, by: Actor, at: datetime) -> None:
    """Take a figure out of a draft."""
    _check_author(story, by)
    with transaction.atomic():
        row = _lock(story)
        with acting(WORKER):
            row.figures.filter(pk=pk).delete()
        _edited(story, row.tested_at, by, at)


def _edited(story: Story, agreed: datetime | None, by: Actor, at: datetime) -> None:
    """Name who changed a part, after which the draft is agreed to anew (a trigger saw to that)."""
    story.refresh_from_db()
    story.save(update_fields=publication.written(story, by=by, at=at))
    if agreed is not None and by.role != Role.OWNER:
        _ask_owner(story, agreed, at)


# Agreeing, approving, withdrawing


def agree(story: Story, *, named: bool, by: Actor, at: datetime) -> Story:
    """Have the owner agree to a draft as it stands, with or without the name.

    Raises StoryRefused for anybody else, and where it was agreed to already.
    """
    if not by.owns_dealer(story.dealer_id):
        raise StoryRefused(_("Only the owner agrees to a story of the dealer."))
    with transaction.atomic():
        row = _lock(story)
        if row.tested_at is not None:
            raise StoryRefused(_("You agreed to it already."))
        if row.edited_at != story.edited_at:
            raise StoryRefused(_("It was changed since you opened this page. Read it once more."))
        row.named = named
        row.save(update_fields=["named"])
        publication.take_step(row, "tested", by=by, at=at, problems=lambda _draft: [])
        notices.tell(
            notices.headquarters("training.change_story"),
            NoticeKind.SHARING,
            sayings.kept(AGREED, title=[row.titles]),
            to=reverse("training:story", args=[row.pk]),
            about=f"story-agreed:{row.pk}:{at:%Y-%m-%dT%H:%M}",
            at=at,
        )
    return row


def take_back(story: Story, *, by: Actor) -> Story:
    """Have the owner take back the agreement to what is not published yet."""
    if not by.owns_dealer(story.dealer_id):
        raise StoryRefused(_("Only the owner takes the agreement back."))
    with transaction.atomic():
        row = _lock(story)
        row.save(update_fields=publication.forget_steps(row))
    return row


def problems(story: Story, by: Actor) -> list[str]:
    """What stands against somebody's approving a story, in sentences."""
    found = publication.not_approvable(story, by.user_id, AGREEING)
    if not by.at_hq:
        found.append(_("Headquarters approves stories."))
    if by.user_id in {story.drafted_by_id, story.edited_by_id}:
        found.append(_("You wrote it yourself: somebody else at headquarters approves it."))
    return found


def approve(story: Story, *, by: Actor, at: datetime) -> Story:
    """Approve what the owner agreed to; from now on it is on the pages.

    Raises PublicationRefused.
    """
    with transaction.atomic():
        publication.take_step(
            story, "approved", by=by, at=at, problems=lambda draft: problems(draft, by)
        )
        publication.publish(
            story,
            by=by,
            at=at,
            problems=lambda draft: publication.missing_steps(draft, AGREEING),
        )
        notices.tell(
            notices.owners(story.dealer_id, at),
            NoticeKind.SHARING,
            sayings.kept(SHOWN, title=[story.titles]),
            to=reverse("training:story", args=[story.pk]),
            about=f"story-shown:{story.pk}",
            at=at,
        )
    return story


def withdraw(story: Story, *, by: Actor, at: datetime) -> Story:
    """Take a story off all pages, for good. Its owner may on any day, and headquarters too.

    Raises StoryRefused for anybody else, and for what is not on the pages.
    """
    if not (by.at_hq or by.owns_dealer(story.dealer_id)):
        raise StoryRefused(_("Only the owner and headquarters take a story off the pages."))
    with transaction.atomic():
        row = Story.objects.select_for_update(no_key=True).get(pk=story.pk)
        if not row.is_shown:
            raise StoryRefused(_("It is not on the pages."))
        row.withdrawn_at, row.withdrawn_by = at, by.person
        row.save(update_fields=["withdrawn_at", "withdrawn_by"])
    return row


def tellers(by: Actor) -> list[Store | Dealer]:
    """Of whom somebody at a dealer may write: the own store, or of an owner all and the dealer."""
    if by.role == Role.STORE_MANAGER:
        return [by.post.store] if by.post.store else []
    stores: Iterable[Store] = Store.objects.filter(dealer=by.dealer_id).order_by("code")
    return [*stores, by.post.dealer] if by.role == Role.OWNER and by.post.dealer else []

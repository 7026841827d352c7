"""Stories: who writes, agrees, approves and withdraws them, and where their figures come from."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.utils import timezone, translation
from PIL import Image

from dealers.actor import Actor, acting
from dealers.models import Notice, NoticeKind
from dealers.publication import PublicationRefused
from dealers.walls import check
from incentives.models import Ranking
from tests.factories.dealers import StoreFactory, UserFactory
from tests.factories.stories import drafted, frozen_board, owner_of, picture, shared
from training import stories
from training.models import Story, StoryFigure
from training.models.stories import StoryState
from training.stories import StoryRefused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def head(hq):
    return Actor.hq(hq)


def at(**later):
    return timezone.now() + timedelta(**later)


def test_a_story_is_shown_once_its_owner_agreed_and_headquarters_approved(store, owner, rival, hq):
    draft = drafted(store, by=Actor.of(owner))
    reader = Actor.of(rival)
    assert not stories.visible_to(reader).exists()

    stories.agree(draft, named=False, by=Actor.of(owner), at=at())
    assert not stories.visible_to(reader).exists()
    draft.refresh_from_db()
    stories.approve(draft, by=Actor.hq(hq), at=at())

    assert stories.visible_to(reader).get() == draft


def test_a_notice_has_the_title_in_the_language_of_its_reader(store, manager, owner):
    drafted(store, by=Actor.of(manager), title="回访三步", title_en="Three steps")
    told = Notice.objects.get(kind=NoticeKind.SHARING, user=owner.user)

    assert "Three steps" in told.title
    with translation.override("zh-hans"):
        assert "回访三步" in told.title
        assert "Three" not in told.title


def test_each_state_lists_the_stories_that_are_in_it(store, owner):
    by = Actor.of(owner)
    waits, agreed, shown, gone = drafted(store), drafted(store), shared(store), shared(store)
    stories.agree(agreed, named=False, by=by, at=at())
    stories.withdraw(gone, by=by, at=at())

    listed = {state: Story.objects.in_state(state).get() for state in StoryState}

    assert list(listed.values()) == [waits, agreed, shown, gone]
    assert [story.state for story in listed.values()] == list(StoryState)


def test_without_the_owner_nothing_is_approved(store, manager, head):
    draft = drafted(store, by=Actor.of(manager))

    with pytest.raises(PublicationRefused, match="has not agreed"):
        stories.approve(draft, by=head, at=at())


def test_who_wrote_it_at_headquarters_does_not_approve_it(store, owner, head):
    draft = drafted(store, by=head)
    stories.agree(draft, named=False, by=Actor.of(owner), at=at())

    with pytest.raises(PublicationRefused, match="somebody else at headquarters"):
        stories.approve(draft, by=head, at=at())
    approved = stories.approve(draft, by=Actor.hq(UserFactory(is_staff=True)), at=at())
    assert approved.is_shown


def test_only_the_own_owner_agrees(store, manager, rival, head):
    draft = drafted(store)
    other = Actor.of(owner_of(rival.store))
    for by in (Actor.of(manager), other, head):
        with pytest.raises(StoryRefused):
            stories.agree(draft, named=True, by=by, at=at())


def test_what_changes_after_the_agreement_is_agreed_to_anew(store, owner):
    draft = drafted(store)
    by = Actor.of(owner)
    stories.agree(draft, named=True, by=by, at=at())
    draft.refresh_from_db()
    draft.title = "回访四步"
    stories.write(draft, by=by, at=at())
    draft.refresh_from_db()
    assert draft.tested_at is None

    stories.agree(draft, named=True, by=by, at=at())
    stories.add_picture(draft, picture(), "收银台旁的卡片", by=by, at=at())
    draft.refresh_from_db()
    assert draft.tested_at is None


def test_whose_agreement_is_over_is_asked_anew_on_the_same_day(store, owner, manager):
    by, told = Actor.of(manager), Notice.objects.filter(user=owner.user)
    draft = drafted(store, by=by)
    stories.agree(draft, named=True, by=Actor.of(owner), at=at())
    draft.refresh_from_db()
    draft.title = "回访四步"
    stories.write(draft, by=by, at=at())
    assert told.count() == 2

    draft.refresh_from_db()
    stories.agree(draft, named=True, by=Actor.of(owner), at=at())
    draft.refresh_from_db()
    stories.add_picture(draft, picture(), "收银台旁的卡片", by=by, at=at())
    assert told.count() == 3


def test_an_owner_agrees_to_what_they_read_and_not_to_what_it_became(store, owner):
    draft = drafted(store)
    read = Story.objects.get(pk=draft.pk)
    draft.title = "改了"
    stories.write(draft, by=Actor.of(owner), at=at(seconds=1))

    with pytest.raises(StoryRefused, match="changed since"):
        stories.agree(read, named=False, by=Actor.of(owner), at=at(seconds=2))


def test_the_agreement_is_taken_back_before_anybody_sees_it(store, owner, head):
    draft = drafted(store)
    stories.agree(draft, named=False, by=Actor.of(owner), at=at())
    stories.take_back(draft, by=Actor.of(owner))

    with pytest.raises(PublicationRefused):
        stories.approve(draft, by=head, at=at())


def test_a_name_is_read_only_where_its_owner_agreed(store, rival):
    reader = Actor.of(rival)
    unnamed, named = shared(store, title="甲"), shared(store, named=True, title="乙")

    assert stories.name_of(unnamed, reader) == "A benchmark store"
    assert stories.name_of(named, reader) == store.name


def test_the_owner_takes_it_off_all_pages_on_any_day(store, owner, rival, head, manager):
    told = shared(store)
    for by in (Actor.of(manager), Actor.of(rival), Actor.of(owner_of(rival.store))):
        with pytest.raises(StoryRefused):
            stories.withdraw(told, by=by, at=at())
    stories.withdraw(told, by=Actor.of(owner), at=at())

    assert not stories.visible_to(Actor.of(rival)).exists()
    assert stories.listed("net_sales", Actor.of(rival)) == []
    with pytest.raises(StoryRefused):
        stories.withdraw(told, by=head, at=at())


def test_figures_are_copied_from_frozen_boards(store, owner, rival):
    frozen_board(store)
    draft, by = drafted(store), Actor.of(owner)
    (offered,) = stories.offered(draft)
    figure = stories.take_figure(draft, offered.ranking, by=by, at=at())

    assert (figure.rank, figure.of, figure.value) == (1, 6, 800)
    assert "Net sales, 2026-01: " in figure.sentence
    assert "place 1 of 6 on the board of stores" in figure.sentence
    assert stories.offered(draft) == []
    theirs = Ranking.objects.exclude(store=store).first()
    with pytest.raises(StoryRefused):
        stories.take_figure(draft, theirs.pk, by=by, at=at())


def test_figures_of_what_everybody_reads_are_no_hole_in_the_walls(store, owner):
    frozen_board(store)
    draft, by = drafted(store), Actor.of(owner)
    (offered,) = stories.offered(draft)
    stories.take_figure(draft, offered.ranking, by=by, at=at())
    agreed = stories.agree(draft, named=False, by=by, at=at())
    stories.approve(agreed, by=Actor.hq(UserFactory(is_staff=True)), at=at())

    assert [each for each in check.findings() if "training_story" in each] == []


def test_no_figure_among_fewer_than_are_ever_shown_is_offered(store):
    frozen_board(store, others=3)

    assert stories.offered(drafted(store)) == []


@pytest.mark.parametrize("typed", [{"value": 900}, {"rank": 2}, {"of": 60}, {"metric": "contact"}])
def test_the_database_refuses_a_figure_that_no_board_says(store, owner, typed):
    frozen_board(store)
    draft = drafted(store)
    (offered,) = stories.offered(draft)
    said = {
        "ranking": offered.ranking, "metric": offered.metric, "length": offered.length,
        "starts_on": offered.starts_on, "value": offered.value, "rank": offered.rank,
        "of": offered.of,
    }  # fmt: skip

    with pytest.raises(DatabaseError, match="copied from a frozen board"), transaction.atomic():
        StoryFigure.objects.create(story=draft, taken_at=at(), source="x", **said | typed)


def test_a_story_is_found_beside_the_board_it_tells_of(store, owner, rival):
    frozen_board(store)
    draft, by = drafted(store), Actor.of(owner)
    (offered,) = stories.offered(draft)
    stories.take_figure(draft, offered.ranking, by=by, at=at())
    draft.refresh_from_db()
    agreed = stories.agree(draft, named=False, by=by, at=at())
    stories.approve(agreed, by=Actor.hq(UserFactory(is_staff=True)), at=at())

    assert [each.story for each in stories.listed("net_sales", Actor.of(rival))] == [draft]
    assert stories.listed("contact", Actor.of(rival)) == []


def test_the_database_keeps_what_is_published(store, owner):
    told = shared(store)
    for change in ({"title": "x"}, {"named": True}, {"withdrawn_at": None, "published_at": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Story.objects.filter(pk=told.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        told.figures.create(
            ranking=1, metric="x", length="month", starts_on="2026-01-01", value=1, rank=1, of=9,
            taken_at=at(),
        )  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        Story.objects.filter(pk=told.pk).delete()


def test_the_database_lets_the_owner_alone_agree_and_headquarters_alone_approve(
    store, owner, manager
):
    draft = drafted(store)
    agreed = {"tested_at": at(), "tested_by": owner.user}
    rows = Story.objects.filter(pk=draft.pk)
    for by in (Actor.of(manager), Actor.hq(UserFactory(is_staff=True))):
        with (
            pytest.raises(DatabaseError, match="owner alone"),
            transaction.atomic(),
            acting(by),
        ):
            rows.update(**agreed)
    with acting(Actor.of(owner)):
        rows.update(**agreed)
    with (
        pytest.raises(DatabaseError, match="Headquarters alone"),
        transaction.atomic(),
        acting(Actor.of(owner)),
    ):
        rows.update(approved_at=at(minutes=1), approved_by=manager.user)


def test_behind_the_walls_a_rival_sees_what_is_shown_and_changes_nothing(store, rival):
    shown, draft = shared(store), drafted(store)
    stories.add_picture(draft, picture(), "x", by=Actor.of(owner_of(store)), at=at())
    with acting(Actor.of(rival)):
        assert list(Story.objects.all()) == [shown]
        assert draft.pictures.count() == 0
    with pytest.raises(DatabaseError), transaction.atomic(), acting(Actor.of(rival)):
        Story.objects.filter(pk=shown.pk).update(dealer=rival.store.dealer)


def test_pictures_are_made_anew(store, owner):
    draft, by = drafted(store), Actor.of(owner)
    made = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SecretPhone"
    Image.new("RGB", (3000, 40), "red").save(made, "JPEG", exif=exif)
    file = SimpleUploadedFile("张店长.jpg", made.getvalue())
    kept = stories.add_picture(draft, file, "门头", by=by, at=at())

    with kept.image.open() as stored:
        content = stored.read()
    assert b"SecretPhone" not in content
    assert "张店长" not in kept.image.name
    assert kept.width == 2000
    for wrong in (b"<svg/>", b"%PDF-1.7", b""):
        with pytest.raises(StoryRefused):
            stories.add_picture(draft, SimpleUploadedFile("a.jpg", wrong), "x", by=by, at=at())


def test_pictures_and_figures_have_an_end(store, owner, monkeypatch):
    monkeypatch.setattr(stories, "MOST_PICTURES", 1)
    draft, by = drafted(store), Actor.of(owner)
    stories.add_picture(draft, picture(), "x", by=by, at=at())
    with pytest.raises(StoryRefused, match="at most 1"):
        stories.add_picture(draft, picture(), "x", by=by, at=at())
    stories.remove_picture(draft, 1, by=by, at=at())
    assert stories.add_picture(draft, picture(), "x", by=by, at=at()).number == 1


def test_a_manager_writes_of_the_own_store_and_its_owner_is_told(store, manager, owner, clerk):
    by = Actor.of(manager)
    drafted(store, by=by)
    told = Notice.objects.get(kind=NoticeKind.SHARING)
    assert told.user == owner.user
    assert store.name in told.title

    sister = StoreFactory(dealer=store.dealer)
    for who, of in ((by, sister), (Actor.of(clerk), store)):
        with pytest.raises(StoryRefused):
            drafted(of, by=who)

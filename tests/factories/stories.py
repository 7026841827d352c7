"""Stories of benchmark stores, and the frozen boards that they tell of."""

from datetime import date
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from dealers.actor import Actor
from dealers.models import Membership, Role, Store
from incentives.boards import freeze
from incentives.models import Board, Length, Metric, Unit
from tests.factories.dealers import OwnerFactory, StoreFactory, UserFactory
from tests.factories.incentives import unattributed
from training import stories
from training.models import Story

JANUARY = date(2026, 1, 1)


def frozen_board(store: Store, others: int = 5) -> Board:
    """The frozen board of January's net sales, on which ``store`` stands first."""
    for count, each in enumerate([store, *StoreFactory.create_batch(others)]):
        unattributed(each, f"{800 - 10 * count}.00", date(2026, 1, 10))
    board, _made = Board.objects.get_or_create(
        length=Length.MONTH, starts_on=JANUARY, metric=Metric.NET_SALES, unit=Unit.STORE
    )
    now = timezone.now()
    freeze.freeze(board, now, now)
    return board


def picture() -> SimpleUploadedFile:
    """A photo as a phone brings it."""
    made = BytesIO()
    Image.new("RGB", (40, 40), "red").save(made, "JPEG")
    return SimpleUploadedFile("photo.jpg", made.getvalue(), content_type="image/jpeg")


def drafted(store: Store, *, by: Actor | None = None, title="回访三步", **fields) -> Story:
    """A draft of a store's story, written by its owner unless told otherwise."""
    author = by or Actor.of(owner_of(store))
    told = {"body": "## 怎么做\n\n先问，不先卖。", "title_en": "Three steps", **fields}
    draft = Story(dealer=store.dealer, store=store, title=title, **told)
    return stories.write(draft, by=author, at=timezone.now())


def shared(store: Store, *, named=False, **fields) -> Story:
    """A story that its owner agreed to and headquarters approved."""
    draft = drafted(store, **fields)
    now = timezone.now()
    agreed = stories.agree(draft, named=named, by=Actor.of(owner_of(store)), at=now)
    return stories.approve(agreed, by=Actor.hq(UserFactory(is_staff=True)), at=now)


def owner_of(store: Store) -> Membership:
    """The owner of the dealer of a store."""
    found = Membership.objects.filter(role=Role.OWNER, dealer=store.dealer).first()
    return found or OwnerFactory(dealer=store.dealer)

"""Cases about a customer, made the way the portal makes them."""

import io
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from customers.cases import deciding, evidence, opening
from customers.models import Case
from dealers.actor import Actor
from dealers.models import Membership, Store
from tests.factories.customers import phone_number, registered

HOURS = timedelta(hours=2)


def photo(kind: str = "JPEG", *, says: str = "永康街店") -> bytes:
    """A small picture that tells what it is about, and who took it."""
    picture, made = Image.new("RGB", (60, 40), "red"), io.BytesIO()
    exif, text = Image.Exif(), PngInfo()
    exif[0x9C9B] = exif[0x9C9D] = says.encode("utf-16-le")  # title and author
    text.add_itxt("Author", says)
    picture.save(made, kind, exif=exif, comment=says.encode(), pnginfo=text)
    return made.getvalue()


def case_of(
    claims: Membership,
    owner: Store,
    at: datetime,
    *,
    story: str = "She came to us first.",
    store: Store | None = None,
) -> Case:
    """A case that somebody opens at ``at`` about a customer of ``owner``, with a picture."""
    phone, by = phone_number(), Actor.of(claims)
    registered(owner, phone=phone, at=at - 2 * HOURS)
    claim = registered(store or claims.store, phone=phone, staff=claims.user, at=at - HOURS)
    made = opening.claim(claim, story=story, by=by, at=at)
    evidence.show(made, SimpleUploadedFile("永康街店.jpg", photo()), by=by, at=at)
    return made


def in_review(case: Case) -> Case:
    """The case once its evidence is closed."""
    deciding.settle(case.pk, case.evidence_until)
    return Case.objects.get(pk=case.pk)

"""Files that were brought while they wait, and after their worker was lost."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from customers.models import Registration
from dealers import outbox
from dealers.actor import Actor
from dealers.imports import carrying_out, keeping, uploads
from dealers.models import Notice, OutboxTask, Upload, UploadState
from dealers.tasks import store_upload
from tests.dealers.imports.brought import BY_HAND
from tests.factories.customers import RulebookFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rulebook():
    RulebookFactory()


def test_what_a_worker_left_behind_is_sent_again(owner, login, bring):
    upload = bring(login(owner), BY_HAND)
    uploads.confirm(upload, by=Actor.of(owner), at=timezone.now())

    assert uploads.sweep(timezone.now() + timedelta(days=2)) == 0
    outbox.sweep(timezone.now() + timedelta(minutes=20))
    carrying_out.store(str(upload.pk), timezone.now())

    assert Registration.objects.count() == 2
    told = Notice.objects.of(owner.user).values_list("about", flat=True)
    assert set(told) == {f"{upload.pk}:checked", f"{upload.pk}:done"}


def test_an_import_that_kills_its_worker_each_time_ends_with_a_sentence(owner, login, bring):
    upload = bring(login(owner), BY_HAND)
    uploads.confirm(upload, by=Actor.of(owner), at=timezone.now())
    row = OutboxTask.objects.get(task=uploads.STORE)
    OutboxTask.objects.filter(pk=row.pk).update(tries=3)  # each begun, none done

    store_upload.apply(args=row.args, task_id=f"outbox-{row.pk}-again")

    assert not Registration.objects.exists()
    assert uploads.sweep(timezone.now()) == 1
    upload.refresh_from_db()
    assert upload.state == UploadState.REFUSED
    assert Notice.objects.filter(about=f"{upload.pk}:refused", user=owner.user).exists()


def test_files_are_sealed_and_gone_after_a_week(
    owner, login, bring, django_capture_on_commit_callbacks
):
    upload = bring(login(owner), BY_HAND)
    part = upload.files.get()
    kept = part.file.name
    with part.file.open() as file:
        assert b"13800138002" not in file.read()
    assert b"".join(keeping.pieces_of(kept)).decode() == BY_HAND

    with django_capture_on_commit_callbacks(execute=True):
        uploads.sweep(timezone.now() + timedelta(days=8))

    assert not default_storage.exists(kept)
    upload.refresh_from_db()
    part.refresh_from_db()
    assert (upload.state, part.preview) == (UploadState.CANCELLED, "")


def test_a_file_of_a_confirmed_upload_waits_for_the_worker(owner, login, bring):
    upload = bring(login(owner), BY_HAND)
    Upload.objects.update(brought_at=timezone.now() - timedelta(days=8))
    uploads.confirm(upload, by=Actor.of(owner), at=timezone.now())

    uploads.sweep(timezone.now())
    carrying_out.store(str(upload.pk), timezone.now())

    assert Registration.objects.count() == 2


def test_an_upload_whose_file_is_gone_ends_with_a_sentence(owner, login, bring, caplog):
    upload = bring(login(owner), BY_HAND)
    uploads.confirm(upload, by=Actor.of(owner), at=timezone.now())
    default_storage.delete(upload.files.get().file.name)

    carrying_out.store(str(upload.pk), timezone.now())

    upload.refresh_from_db()
    assert (upload.state, bool(upload.problem)) == (UploadState.REFUSED, True)
    assert str(upload.pk) in caplog.text
    assert uploads.sweep(timezone.now() + timedelta(hours=1)) == 0


def test_a_file_that_no_row_tells_of_goes(owner, login, bring):
    named = bring(login(owner), BY_HAND).files.get().file.name
    left = keeping.keep("left-behind", [b"13800138002"])

    uploads.sweep(timezone.now())
    assert default_storage.exists(left)  # its row may be on the way
    uploads.sweep(timezone.now() + timedelta(days=2))

    assert not default_storage.exists(left)
    assert default_storage.exists(named)


def test_a_kept_file_that_was_cut_does_not_open(settings):
    name = keeping.keep("x", [b"a" * keeping.PIECE, b"b" * 10])
    assert len(b"".join(keeping.pieces_of(name))) == keeping.PIECE + 10
    with default_storage.open(name) as file:
        cut = file.read()[: 12 + 12 + keeping.PIECE + 16]
    with open(default_storage.path(name), "wb") as file:
        file.write(cut)

    with pytest.raises(keeping.vault.VaultError):
        list(keeping.pieces_of(name))

"""Long files: made by the worker, fetched by who asked and nobody else, deleted a day later."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from dealers import exports, quotas, vault
from dealers.actor import Actor, acting
from dealers.models import AccessLog, Export, ExportState, Membership, OutboxTask
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import OwnerFactory

pytestmark = pytest.mark.django_db
LIST = "/customers/?view=all&export=csv"


@pytest.fixture(autouse=True)
def _customers(store, monkeypatch):
    monkeypatch.setattr(exports, "MANY", 2)
    RulebookFactory()
    for n in range(3):
        registered(store, name=f"王小{'一二三'[n]}", at=timezone.now())


@pytest.fixture
def export(owner, login, django_capture_on_commit_callbacks) -> Export:
    """What the owner asked for, made by the worker."""
    with django_capture_on_commit_callbacks(execute=True):
        login(owner).get(LIST)
    return Export.objects.get()


def test_a_short_list_comes_at_once(owner, login, monkeypatch):
    monkeypatch.setattr(exports, "MANY", 3)

    response = login(owner).get(LIST)

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert not Export.objects.exists()
    assert AccessLog.objects.get().count == 3


def test_a_long_list_is_made_by_the_worker_and_is_the_same_file(owner, login, monkeypatch, export):
    client = login(owner)
    page = client.get(export.get_absolute_url())
    made = client.get(f"{export.get_absolute_url()}file/")
    monkeypatch.setattr(exports, "MANY", 3)

    assert "文件已准备好" in page.content.decode()
    assert made.content == client.get(LIST).content
    assert made["Content-Disposition"] == 'attachment; filename="customers.csv"'


def test_until_it_is_made_the_page_says_how_far_it_is_and_looks_again(owner, login):
    client = login(owner)
    asked = client.get(LIST)
    again = client.get(LIST)
    Export.objects.update(written=1)

    page = client.get(asked["Location"]).content.decode()

    assert asked["Location"] == again["Location"]
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page
    assert 'js/again.js" defer data-seconds="2"' in page
    assert "1 / 3" in page
    assert client.get(f"{asked['Location']}file/").status_code == 404


def test_in_another_language_it_is_another_file(owner, login):
    asked = login(owner).get(LIST)
    owner.user.language = "en"
    owner.user.save()

    assert login(owner).get(LIST)["Location"] != asked["Location"]


def test_progress_is_noted_while_rows_are_written(owner, export, monkeypatch):
    monkeypatch.setattr(exports, "STEP", 1)
    Export.objects.update(state=ExportState.WAITING, file="", written=0)
    seen = []

    def rows(_export):
        for n in range(3):
            yield [n]
            seen.append(Export.objects.get().written)

    exports.write(str(export.pk), rows, at=timezone.now())

    assert seen == [0, 1, 2]


def test_each_time_it_is_fetched_the_access_log_says_so_first(owner, login, export):
    assert not AccessLog.objects.exists()

    login(owner).get(f"{export.get_absolute_url()}file/")

    entry = AccessLog.objects.get()
    assert (entry.dealer, entry.user, entry.role) == (owner.dealer, owner.user, "owner")
    assert (entry.count, entry.purpose) == (3, export.title)
    assert entry.fields == export.fields != ""


def test_a_file_that_was_made_before_counts_towards_the_files_of_a_day(
    owner, login, export, settings
):
    settings.PORTAL_QUOTAS = {"owner.files": 1}
    client, address = login(owner), f"{export.get_absolute_url()}file/"

    assert client.get(address).status_code == 200
    again = client.get(address)

    assert (again.status_code, again["Location"]) == (302, export.get_absolute_url())
    assert AccessLog.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_files_of_a_day_are_counted_one_after_the_other(owner, settings):
    settings.PORTAL_QUOTAS = {"owner.files": 3}
    now, by, begin = timezone.now(), Actor.of(owner), Barrier(10)
    asked = Export.objects.create(
        dealer=owner.dealer, membership=owner, title="x", name="customers.csv", rows=1,
        arguments={exports.LIMITED: True}, fields="name", asked_at=now,
    )  # fmt: skip
    exports.write(str(asked.pk), lambda _export: iter([["王小明"]]), at=now)
    asked.refresh_from_db()

    def fetch(_number):
        try:
            begin.wait()
            with transaction.atomic(), acting(by):
                exports.fetch(asked, by=by, at=timezone.now())
        except quotas.QuotaReached:
            return "refused"
        else:
            return "taken"
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(fetch, range(10)))

    assert answers.count("taken") == AccessLog.objects.count() == 3


def test_the_file_is_sealed_where_it_is_kept(export):
    with export.file.open() as file:
        assert "王小".encode() not in file.read()


def made_of(export, rows):
    """The file of an export made anew of these rows."""
    Export.objects.update(state=ExportState.WAITING, file="", rows=len(rows))
    exports.write(str(export.pk), lambda _export: iter(rows), at=timezone.now())
    export.refresh_from_db()
    return f"{export.get_absolute_url()}file/"


@pytest.mark.parametrize("piece", [1, 7, 64, 1000])
def test_a_file_of_many_pieces_is_the_same_file(owner, login, export, monkeypatch, piece):
    rows = [[f"王小{n}", n] for n in range(20)]
    whole = login(owner).get(made_of(export, rows)).content
    monkeypatch.setattr(exports, "PIECE", piece)

    found = login(owner).get(made_of(export, rows))

    assert found.getvalue() == whole
    assert whole.decode().count("王小") == 20


@pytest.mark.parametrize("change", [slice(0, -40), slice(40, None), slice(0, 0)])
def test_a_file_that_was_cut_gives_not_a_byte(owner, login, export, monkeypatch, change):
    monkeypatch.setattr(exports, "PIECE", 16)
    address = made_of(export, [["王小", n] for n in range(20)])
    with export.file.open("rb") as file:
        content = file.read()
    with export.file.open("wb") as file:
        file.write(content[change])

    with pytest.raises(vault.VaultError):
        login(owner).get(address)


def test_pieces_in_another_order_do_not_open(owner, login, export, monkeypatch):
    monkeypatch.setattr(exports, "PIECE", 16)
    address = made_of(export, [["王小", n] for n in range(20)])
    with export.file.open("rb") as file:
        content = file.read()
    each = int.from_bytes(content[:4]) + 4
    with export.file.open("wb") as file:
        file.write(content[each : 2 * each] + content[:each] + content[2 * each :])

    with pytest.raises(vault.VaultError):
        login(owner).get(address)


def test_a_large_file_is_never_held_in_memory(owner, login, export):
    row = ["x" * 100_000]
    tracemalloc.start()
    try:
        address = made_of(export, [row] * 300)  # 30 MB
        found = login(owner).get(address)
        sent = sum(map(len, found.streaming_content))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert sent > 30_000_000
    assert peak < 15_000_000


@pytest.mark.parametrize("who", ["manager", "rival", "region_manager", "hq", "colleague"])
def test_for_anybody_else_there_is_no_such_file(who, request, owner, login, export):
    other = (
        OwnerFactory(dealer=owner.dealer) if who == "colleague" else request.getfixturevalue(who)
    )
    client = login(other)

    assert client.get(export.get_absolute_url()).status_code == 404
    assert client.get(f"{export.get_absolute_url()}file/").status_code == 404
    assert not AccessLog.objects.exists()


def test_once_the_post_has_ended_there_is_no_such_file(owner, login, export):
    client = login(owner)
    Membership.objects.filter(pk=owner.pk).update(ends_at=timezone.now())

    assert client.get(f"{export.get_absolute_url()}file/").status_code == 404


def test_what_was_asked_for_a_day_ago_is_deleted_with_its_file(export):
    name = export.file.name

    assert exports.sweep(export.asked_at + timedelta(hours=23)) == 0
    assert exports.sweep(export.asked_at + timedelta(hours=25)) == 1
    assert not Export.objects.exists()
    assert not default_storage.exists(name)


def test_a_file_that_a_lost_worker_left_is_deleted_as_well(export):
    left = default_storage.save("exports/left.sealed", ContentFile(b"sealed"))

    exports.sweep(timezone.now() + timedelta(hours=23))
    assert default_storage.exists(left)
    assert default_storage.exists(export.file.name)

    exports.sweep(timezone.now() + timedelta(hours=25))
    assert not default_storage.exists(left)


def test_a_file_that_cannot_be_made_says_so(owner, login, export):
    Export.objects.update(state=ExportState.WAITING, file="")

    def broken(_export):
        raise ValueError("broken")
        yield

    exports.write(str(export.pk), broken, at=timezone.now())

    assert "文件未能生成" in login(owner).get(export.get_absolute_url()).content.decode()


def test_a_file_over_which_every_worker_was_lost_says_so(owner, login, export):
    Export.objects.update(state=ExportState.WAITING, file="")
    exports.sweep(export.asked_at)
    assert Export.objects.get().state == ExportState.WAITING

    tasks = OutboxTask.objects.filter(args=[str(export.pk)])
    assert tasks.update(done_at=None, given_up_at=timezone.now()) == 1
    exports.sweep(export.asked_at)

    assert "文件未能生成" in login(owner).get(export.get_absolute_url()).content.decode()


def test_a_file_that_is_there_is_not_made_again(export):
    exports.write(str(export.pk), lambda _export: pytest.fail("made again"), at=timezone.now())

    assert Export.objects.get().state == ExportState.DONE


def test_of_two_workers_who_make_it_the_file_of_the_first_stays(export):
    """A pack that was offered is known by what is in it."""
    Export.objects.update(state=ExportState.WAITING, file="")
    first = []

    def rows(_export):
        exports.write(str(export.pk), lambda _export: iter([["first"]]), at=timezone.now())
        first.append(Export.objects.get().file.name)
        yield ["second"]

    exports.write(str(export.pk), rows, at=timezone.now())

    assert [Export.objects.get().file.name] == first
    assert default_storage.exists(first[0])


def test_a_file_that_cannot_be_deleted_keeps_nobody_from_ending_a_post(
    owner, export, monkeypatch, django_capture_on_commit_callbacks
):
    def refuse(_name):
        raise OSError("Read-only")

    monkeypatch.setattr(default_storage, "delete", refuse)

    with django_capture_on_commit_callbacks(execute=True):
        assert exports.withdraw(owner) == 1

    assert not Export.objects.exists()


def test_a_sweep_that_breaks_off_leaves_no_row_without_its_file(export, monkeypatch):
    def broken(_export):
        raise RuntimeError("killed")

    monkeypatch.setattr(Export, "delete", broken)

    with pytest.raises(RuntimeError):
        exports.sweep(export.asked_at + timedelta(hours=25))

    assert default_storage.exists(Export.objects.get().file.name)

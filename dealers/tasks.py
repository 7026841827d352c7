"""What the worker does for the network: one domain call each, safe to run twice."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from celery import shared_task
from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.utils import timezone

from dealers import alarms, contacts, exports, invitations, notices, outbox, watch
from dealers.actor import Actor, acting
from dealers.agreements import paper, publishing
from dealers.exit_pack import making
from dealers.imports import carrying_out, uploads
from dealers.keys import rotation
from dealers.models import Export, KeyRotation
from dealers.receipts import chain, mailing, root, signing, stamping
from dealers.receipts.signer import NotSigned
from dealers.sending import copies, messages, robots
from dealers.signin import sessions, tries


@shared_task
def send_invitation(invitation_id: int, site: str, language: str) -> None:
    """Mail the link of an invitation that is still open."""
    invitations.send(invitation_id, site, language, timezone.now())


@shared_task(forgets=True)
def deliver(envelope: str = "") -> None:
    """Send a mail or short message that waits sealed; nothing of one that was sent before."""
    if envelope:
        messages.deliver(envelope, timezone.now())


@shared_task
def tell_of_contact_change(change_id: int, site: str, language: str) -> None:
    """Tell a person, where they were reached before, that this was changed."""
    contacts.tell(change_id, site, language, timezone.now())


@shared_task
def copy_notices(way: str, user_id: int, when: str) -> None:
    """Send a person the copy of what they were told."""
    copies.copy(way, user_id, when, notices.bundled(user_id, way))


@shared_task
def tell_robot(name: str, kind: str) -> None:
    """Tell a group of headquarters' chat that there is a notice."""
    robots.tell(name, kind, timezone.now())


@shared_task
def sweep_outbox() -> None:
    """Hand over the tasks that are due and not done, and tell of those that were given up."""
    now = timezone.now()
    outbox.sweep(now)
    messages.forget(now)
    watch.of_the_outbox(now)


@shared_task
def sweep_notices() -> None:
    """Forget what people were told long ago."""
    notices.sweep(timezone.now())


@shared_task
def tell_alarms() -> None:
    """Tell owners whose test customers were touched, and who looked at far more than usual."""
    alarms.tell(timezone.now())


@shared_task
def tell_of_agreement(version_id: int) -> None:
    """Tell all owners that a version of the agreement waits for them."""
    publishing.tell_owners(version_id, timezone.now())


@shared_task
def write_agreement(answer_id: int, site: str) -> None:
    """Make the paper of what an owner signed."""
    paper.keep(answer_id, site)


@shared_task
def keep_chains() -> None:
    """Take what happened into the dealers' chains, and have it signed."""
    chain.append_waiting()
    signing.sign_waiting(timezone.now())


@shared_task
def close_days() -> None:
    """Make and mail the root of the day before, once all of it that waits is in the chains."""
    now = timezone.now()
    chain.append_waiting()
    try:
        signing.sign_waiting(now)
    except NotSigned:
        _close_yesterday(now)  # one chain that is refused holds up no other
        raise
    _close_yesterday(now)


@transaction.atomic
def _close_yesterday(at: datetime) -> None:
    if (made := root.close_yesterday(at)) is not None:
        mailing.to_owners(made, at)
    stamping.ask(at)


# Of what comes before an answer each byte may come in time, for ever, while mails wait.
@shared_task(in_steps=True, soft_time_limit=240)
def stamp_root(day: str) -> None:
    """Have an outside service time-stamp the root of a day."""
    stamping.take(day, timezone.now())


@shared_task
def mail_root(day: str, dealer_id: int, user_id: int) -> None:
    """Mail an owner the root of a day."""
    mailing.mail(day, dealer_id, user_id, timezone.now())


@shared_task
def clear_sessions() -> None:
    """Forget the sessions that have run out."""
    sessions.SessionStore.clear_expired()


@shared_task(in_steps=True)
def write_list(export_id: str) -> None:
    """Make the file of a long list of headquarters."""
    exports.write(export_id, _listed, at=timezone.now())


@shared_task(in_steps=True)
def write_chain(export_id: str) -> None:
    """Make the file of a dealer's chain."""
    exports.write(export_id, _chained, at=timezone.now())


@shared_task(in_steps=True)
def write_exit_pack(export_id: str) -> None:
    """Make the pack with everything of a dealer."""
    making.write(export_id, at=timezone.now())


def _chained(export: Export) -> Iterator[Iterable[Any]]:
    return chain.written(export.dealer_id) if export.dealer_id else iter(())


def _listed(export: Export) -> Iterator[Iterable[Any]]:
    # The admin's pages are beside the tasks: its site knows them.
    pages: Any = admin.site.get_model_admin(apps.get_model(export.arguments["model"]))
    with acting(Actor.hq(export.person)):
        yield from pages.listed_for(export)


@shared_task
def sweep_exports() -> None:
    """Delete the files that were asked for a day ago."""
    exports.sweep(timezone.now())


@shared_task
def sweep_tries() -> None:
    """Forget the tries to sign in that no limit looks at any more."""
    tries.sweep(timezone.now())


@shared_task
def withdraw_invitations() -> None:
    """Withdraw what people sent whose posts have ended on a planned day."""
    invitations.withdraw_left(timezone.now())


@shared_task(most_tries=3)
def check_upload(upload_id: str) -> None:
    """Find out what is in a file that somebody brought."""
    carrying_out.check(upload_id, timezone.now())


@shared_task(most_tries=3)
def store_upload(upload_id: str) -> None:
    """Import a file that somebody brought and confirmed."""
    carrying_out.store(upload_id, timezone.now())


@shared_task
def sweep_uploads() -> None:
    """Go on with the files that a worker left behind, and delete those of last week."""
    uploads.sweep(timezone.now())


@shared_task(in_steps=True)
def change_keys(rotation_id: int) -> None:
    """Go on with the change of a key until it is done; one that is over stays as it is."""
    for found in KeyRotation.objects.filter(pk=rotation_id, finished_at=None):
        for _portion in rotation.go_on(found, timezone.now()):
            pass


@shared_task
def sweep_keys() -> None:
    """Go on with changes of keys that a worker left behind, and destroy what was replaced."""
    rotation.sweep(timezone.now())

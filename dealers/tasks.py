"""What the worker does for the network: one domain call each, safe to run twice."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from dealers import contacts, exports, invitations, messages, outbox
from dealers.imports import uploads
from dealers.signin import tries


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def send_invitation(invitation_id: int, site: str, language: str) -> None:
    """Mail the link of an invitation that is still open."""
    invitations.send(invitation_id, site, language, timezone.now())


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=20)
def deliver(envelope: str) -> None:
    """Send a mail or short message that waits sealed."""
    messages.deliver(envelope, timezone.now())


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def tell_owners(invitation_id: int) -> None:
    """Mail a dealer's owners that another one is to join or has joined."""
    invitations.tell_owners(invitation_id, timezone.now())


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def tell_of_contact_change(change_id: int, site: str, language: str) -> None:
    """Tell a person, where they were reached before, that this was changed."""
    contacts.tell(change_id, site, language)


@shared_task
def sweep_outbox() -> None:
    """Hand over the tasks that the broker did not take when they were put down."""
    outbox.sweep(timezone.now())


@shared_task
def clear_sessions() -> None:
    """Forget the sessions that have run out."""
    SessionStore.clear_expired()


@shared_task
def sweep_exports() -> None:
    """Delete the files that were asked for a day ago."""
    exports.sweep(timezone.now())


@shared_task
def sweep_tries() -> None:
    """Forget the tries to sign in that no limit looks at any more."""
    tries.sweep(timezone.now())


@shared_task
def check_upload(upload_id: str) -> None:
    """Find out what is in a file that somebody brought."""
    uploads.check(upload_id, timezone.now())


@shared_task
def store_upload(upload_id: str) -> None:
    """Import a file that somebody brought and confirmed."""
    uploads.store(upload_id, timezone.now())


@shared_task
def sweep_uploads() -> None:
    """Go on with the files that a worker left behind, and delete those of last week."""
    uploads.sweep(timezone.now())

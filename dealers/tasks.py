"""What the worker does for the network: one domain call each, safe to run twice."""

from celery import shared_task


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def send_invitation(invitation_id: int, site: str, language: str) -> None:
    """Mail the link of an invitation that is still open."""
    from django.utils import timezone

    from dealers import invitations
    from dealers.models import Invitation

    invitation = Invitation.objects.open(timezone.now()).filter(pk=invitation_id).first()
    if invitation:
        invitations.send(invitation, site, language)

"""What the worker does for training: one domain call each, safe to run twice."""

from celery import shared_task
from django.utils import timezone

from training import completion


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def remind(reminder_id: int, site: str) -> None:
    """Tell a person which required courses are not passed yet."""
    completion.send(reminder_id, site, at=timezone.now())

"""What the worker does for plans and statements: one domain call each, safe to run twice."""

from celery import shared_task


@shared_task
def close_month(month: str, user_id: int | None = None) -> None:
    """Close a month, named by its first day; one that is closed already stays as it is."""
    from datetime import date

    from dealers.models import User
    from incentives.closing import close_period

    close_period(date.fromisoformat(month), User.objects.filter(pk=user_id).first())

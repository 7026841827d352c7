"""What is published, as a file for the owner's own hands."""

from django.utils import timezone
from django.views.decorators.http import require_safe

from dealers import spreadsheets
from dealers.views import post_of_owner
from incentives.plans import published


@require_safe
def terms(request):
    """Rulebooks and plans in the words that stand hashed in the dealer's chain."""
    post_of_owner(request)
    content = "".join(f"{line}\n" for line in published.lines())
    return spreadsheets.download(content, f"terms-{timezone.localdate()}.txt")

"""Whether people of headquarters have the second factor that their pages need."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether this person must set up a second factor before headquarters' pages open.

    Who has one was asked for it at login, so the session of such a login needs no query.
    """
    if settings.PORTAL_DEMO or not request.user.is_authenticated:
        return False
    methods = request.session.get("account_authentication_methods", [])
    if any(method.get("method") == "mfa" for method in methods):
        return False
    return not is_mfa_enabled(request.user)

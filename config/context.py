"""What the shell around every page needs to know."""

from django.conf import settings
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from config.navigation import Navigation
from dealers import notices
from dealers.keys import held

HTML_LANGUAGES = {"zh-hans": "zh-Hans", "en": "en"}
THEMES = ("light", "dark", "system")


def portal(request):
    """Name, language tag, theme, navigation, posts of the person, and what they have not read."""
    theme = request.COOKIES.get("theme", "light")
    return {
        "portal_name": settings.PORTAL_NAME or _("Dealer Portal"),
        "html_lang": HTML_LANGUAGES.get(get_language() or "", "zh-Hans"),
        "theme": theme if theme in THEMES else "light",
        "missing_keys": held.missing(),
        "demo": settings.PORTAL_DEMO,
        "navigation": SimpleLazyObject(lambda: Navigation(request)),
        "membership": getattr(request, "membership", None),
        "looking": getattr(request, "looking", None),
        "memberships": getattr(request, "memberships", []),
        "may_switch": may_switch(request),
        "second_factor_by": getattr(request, "second_factor_by", None),
        "unread": SimpleLazyObject(lambda: unread(request.user)),
    }


def may_switch(request):
    """Whether the person has posts to choose from; headquarters is one of them to its people."""
    if getattr(request, "looking", None):
        return False
    posts = getattr(request, "memberships", [])
    return len(posts) > 1 or bool(posts and request.user.is_staff)


def unread(user):
    """How many notices the person has not read; who holds a post came with that."""
    posts = getattr(user, "posts", [])
    return posts[0].unread if posts else notices.unread(user)

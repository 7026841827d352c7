"""The admin of headquarters: the portal's login, a second factor, our colours."""

from functools import update_wrapper

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from dealers.signin.second_factor import lacks_second_factor

APPS = ("incentives", "customers", "dealers", "training", "admin")


class PortalAdminSite(admin.AdminSite):
    site_header = _("Dealer Portal · Headquarters")
    site_title = _("Dealer Portal")
    index_title = _("Today")
    site_url = "/"

    def get_app_list(self, request, app_label=None):
        """Apps and models in the order of work, not of the alphabet; of a page asked for once."""
        if app_label is None and (known := getattr(request, "admin_apps", None)) is not None:
            return known
        found = self._build_app_dict(request, app_label)
        models = list(self._registry)
        for app in found.values():
            app["models"].sort(key=lambda each: models.index(each["model"]))
        listed = sorted(found.values(), key=lambda app: APPS.index(app["app_label"]))
        if app_label is None:
            request.admin_apps = listed
        return listed

    @method_decorator(login_not_required)
    def login(self, request, extra_context=None):
        return secure_admin_login(super().login)(request, extra_context)

    def get_urls(self):
        # An address that tells which ids exist, for pages on the site that nothing has here.
        return [each for each in super().get_urls() if getattr(each, "name", "") != "view_on_site"]

    @method_decorator(login_not_required)
    def password_change(self, request, extra_context=None):
        """The account's own page, where wrong tries are counted."""
        return redirect("account_change_password")

    def index(self, request, extra_context=None):
        # What waits looks at every app, and those load their admin pages after this site.
        from config.home import figures, headquarters, waiting  # noqa: PLC0415
        from config.home.known import Known  # noqa: PLC0415

        known = Known(timezone.now())
        context = {
            "waiting": waiting.waiting_for(request.user, known),
            "figures": figures.figures_for(request.user, known),
            "shortcuts": headquarters.shortcuts(request.user),
            "deadlines": headquarters.deadlines(request.user, known),
            "funnel": headquarters.funnel(request.user, known.at),
            "trust": headquarters.trust(),
        }
        return super().index(request, {**context, **(extra_context or {})})

    def admin_view(self, view, cacheable=False):
        inner = super().admin_view(view, cacheable)

        def guarded(request, *args, **kwargs):
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404  # for the network's people the admin does not exist
            if lacks_second_factor(request):
                messages.warning(
                    request, _("Set up a second factor first: the admin needs it at headquarters.")
                )
                return redirect("mfa_index")
            return inner(request, *args, **kwargs)

        return update_wrapper(guarded, inner)

"""Every address of the portal; each app brings its own with full paths."""

from django.contrib import admin
from django.urls import include, path

from config import health, preferences
from config.home import views

handler400 = "config.errors.bad_request"
handler403 = "config.errors.not_found"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("language/", preferences.language, name="language"),
    path("theme/", preferences.theme, name="theme"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("dealers.urls")),
    path("", include("customers.urls")),
    path("", include("training.urls")),
    path("", include("incentives.urls")),
]

# Who opens what, by the classes of tests/matrix/addresses.py.
opens = {"everybody": "healthz language theme", "signed in": "home"}

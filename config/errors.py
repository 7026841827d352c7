"""Answers for what is not there, not allowed or broken."""

from django.http import HttpResponse, HttpResponseNotFound
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.csrf import CSRF_FAILURE_TEMPLATE_NAME


def not_found(request, exception=None):  # noqa: ARG001
    """404, to the byte the same for what is missing and for what one may not see."""
    return HttpResponseNotFound(render_to_string("404.html", request=request))


def bad_request(request, exception=None):  # noqa: ARG001
    return render(request, "400.html", status=400)


def server_error(request):  # noqa: ARG001
    """500, without the database and without knowing who asks."""
    return HttpResponse(render_to_string("500.html"), status=500)


def csrf_failure(request, reason=""):  # noqa: ARG001
    """The form was too old, or cookies are off: say what to do."""
    return render(request, CSRF_FAILURE_TEMPLATE_NAME, status=403)

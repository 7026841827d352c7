"""The portal's addresses and the two that it is measured against."""

from django.urls import path

from config.urls import *
from config.urls import urlpatterns as portal
from tests.bench import views

urlpatterns = [
    path("bench/hello", views.hello, name="bench-hello"),
    path("bench/plain", views.plain, name="bench-plain"),
    *portal,
]

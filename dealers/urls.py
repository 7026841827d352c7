from django.urls import path

from dealers import views

app_name = "dealers"

urlpatterns = [
    path("me/", views.me, name="me"),
    path("me/post/", views.switch, name="switch"),
]

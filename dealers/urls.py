from django.urls import path

from dealers import views

app_name = "dealers"

urlpatterns = [
    path("me/", views.me, name="me"),
    path("me/post/", views.switch, name="switch"),
    path("staff/", views.staff, name="staff"),
    path("staff/invite/", views.invite, name="invite"),
    path("staff/<int:pk>/end/", views.end, name="end"),
    path("staff/invitations/<int:pk>/revoke/", views.revoke, name="revoke"),
    path("join/<uuid:token>/", views.join, name="join"),
]

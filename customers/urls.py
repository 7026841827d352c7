from django.urls import path

from customers.views import capture, customer, lists

app_name = "customers"

urlpatterns = [
    path("capture/", capture.capture, name="capture"),
    path("capture/r/<str:receipt>/", capture.receipt, name="receipt"),
    path("customers/", lists.customers, name="list"),
    path("customers/search/", lists.search, name="search"),
    path("customers/<uuid:pk>/", customer.detail, name="detail"),
    path("customers/<uuid:pk>/edit/", customer.edit, name="edit"),
    path("customers/<uuid:pk>/follow-up/", customer.follow_up, name="follow-up"),
    path("customers/<uuid:pk>/number/", customer.reveal, name="reveal"),
]

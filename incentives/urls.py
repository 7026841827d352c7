from django.urls import path, register_converter

from incentives.views import ranking, region
from incentives.views.months import MonthConverter

app_name = "incentives"

register_converter(MonthConverter, "month")

urlpatterns = [
    path("ranking/", ranking.current, name="ranking"),
    path("ranking/rules/", ranking.rules, name="ranking-rules"),
    path("ranking/<month:month>/<slug:metric>/", ranking.board, name="ranking-board"),
    path("region/", region.overview, name="region"),
    path("region/stores/", region.stores, name="region-stores"),
    path("region/stores.csv", region.stores_csv, name="region-stores-csv"),
    path("region/stores/<str:code>/", region.store, name="region-store"),
]

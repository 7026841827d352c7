from django.urls import path, register_converter

from incentives.views import earnings, ranking, region, statement
from incentives.views.months import MonthConverter

app_name = "incentives"

register_converter(MonthConverter, "month")

urlpatterns = [
    path("earnings/", earnings.current, name="earnings"),
    path("earnings/<month:month>/", earnings.month, name="earnings-month"),
    path("earnings/<month:month>/lines/<slug:code>/<str:event>/", earnings.line, name="line"),
    path("earnings/<month:month>/results/<slug:code>/", earnings.result, name="result"),
    path("earnings/<month:month>/statement/", statement.page, name="statement"),
    path("earnings/<month:month>/statement.csv", statement.as_csv, name="statement-csv"),
    path("earnings/<month:month>/statement.pdf", statement.as_pdf, name="statement-pdf"),
    path("ranking/", ranking.current, name="ranking"),
    path("ranking/rules/", ranking.rules, name="ranking-rules"),
    path("ranking/<month:month>/<slug:metric>/", ranking.board, name="ranking-board"),
    path("region/", region.overview, name="region"),
    path("region/stores/", region.stores, name="region-stores"),
    path("region/stores.csv", region.stores_csv, name="region-stores-csv"),
    path("region/stores/<str:code>/", region.store, name="region-store"),
]

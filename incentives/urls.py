from django.urls import path, register_converter

from incentives.views import (
    announced,
    benchmarks,
    boards,
    coaching,
    combined,
    disputes,
    earnings,
    given,
    if_shared,
    orders,
    payments,
    published,
    region,
    reports,
    rewards,
    search,
    statements,
    store_views,
    visits,
    weeks,
)
from incentives.views.months import ComponentConverter, MonthConverter
from incentives.views.times import TimeConverter

app_name = "incentives"

register_converter(MonthConverter, "month")
register_converter(ComponentConverter, "component")
register_converter(TimeConverter, "time")

urlpatterns = [
    path("search/", search.search, name="search"),
    path("earnings/", earnings.current, name="earnings"),
    path("earnings/given/", given.given, name="given"),
    path("earnings/given/customers/", given.customers, name="given-customers"),
    path("earnings/if-shared/", if_shared.page, name="if-shared"),
    path("earnings/bank-account/", payments.bank_account, name="bank-account"),
    path("earnings/<month:month>/", earnings.month, name="earnings-month"),
    path("earnings/<month:month>/lines/<component:code>/<str:event>/", earnings.line, name="line"),
    path(
        "earnings/<month:month>/lines/<component:code>/<str:event>/dispute/",
        disputes.open_dispute,
        name="open-dispute",
    ),
    path("disputes/", disputes.disputes, name="disputes"),
    path("disputes/<uuid:pk>/", disputes.dispute, name="dispute"),
    path("disputes/<uuid:pk>/again/", disputes.reopen, name="reopen-dispute"),
    path("disputes/<uuid:pk>/files/<int:number>/", disputes.exhibit, name="dispute-exhibit"),
    path("earnings/<month:month>/results/<component:code>/", earnings.result, name="result"),
    path("earnings/orders/<uuid:order>/", orders.order, name="order"),
    path("earnings/<month:month>/statement/", statements.page, name="statement"),
    path("earnings/<month:month>/statement/seen/", payments.seen, name="statement-seen"),
    path("earnings/<month:month>/statement.csv", statements.as_csv, name="statement-csv"),
    path("earnings/<month:month>/statement.pdf", statements.as_pdf, name="statement-pdf"),
    path("earnings/announced/<slug:plan>/", announced.terms, name="announced"),
    path("proof/terms.txt", published.terms, name="published-terms"),
    path("ranking/", boards.current, name="ranking"),
    path("ranking/rules/", boards.rules, name="ranking-rules"),
    path("ranking/seen/", benchmarks.seen, name="ranking-seen"),
    path("ranking/named/", benchmarks.name, name="ranking-named"),
    path("ranking/goals/", benchmarks.goal, name="ranking-goal"),
    path("ranking/<time:time>/combined/<slug:combined>/", combined.board, name="ranking-combined"),
    path("ranking/<time:time>/<slug:metric>/", boards.board, name="ranking-board"),
    path("ranking/<time:time>/<slug:metric>/report.pdf", reports.of_board, name="ranking-report"),
    path("rewards/", rewards.programs, name="rewards"),
    path("rewards/<slug:program>/", rewards.one, name="reward"),
    path("week/<time:monday>/", weeks.page, name="week"),
    path("region/", region.overview, name="region"),
    path("region/stores/", region.stores, name="region-stores"),
    path("region/stores.<slug:kind>", region.stores_file, name="region-stores-file"),
    path("region/stores/<str:code>/", region.store, name="region-store"),
    path("region/stores/<str:code>/report.pdf", reports.of_store, name="region-report"),
    path("region/stores/<str:code>/coaching/", coaching.write, name="coach"),
    path("region/views/", store_views.keep, name="keep-view"),
    path("region/views/<int:kept>/remove/", store_views.forget, name="forget-view"),
    path("region/decisions/", visits.queue, name="decisions"),
    path("region/visit/", visits.day, name="visit"),
    path("region/visit.pdf", visits.paper, name="visit-paper"),
    path("region/coaching/", coaching.notes, name="coaching"),
    path("region/coaching/<int:note>/", coaching.note, name="coaching-note"),
    path("coaching/", coaching.coached, name="coached"),
]

# Who opens what, by the classes of tests/matrix/addresses.py.
opens = {
    "owner": (
        "announced earnings earnings-month line result order statement statement-csv"
        " statement-pdf statement-seen bank-account ranking-named given given-customers if-shared"
        " open-dispute disputes dispute reopen-dispute dispute-exhibit published-terms"
    ),
    "dealer": "ranking-seen ranking-report",
    "posts": "search ranking ranking-rules ranking-board ranking-combined rewards reward week",
    "region": (
        "region region-stores region-stores-file region-store region-report coach coaching"
        " coaching-note decisions visit visit-paper keep-view forget-view"
    ),
    "leaders": "coached ranking-goal",
}

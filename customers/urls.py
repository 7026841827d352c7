from django.urls import path

from customers.views import (
    access,
    campaign,
    capture,
    cases,
    choices,
    closings,
    confirming,
    customer,
    dispatch,
    extensions,
    handover,
    line,
    lists,
    numbers,
    page,
    person,
    pool,
    possible,
    releases,
    reviews,
    sharing,
    voids,
)

app_name = "customers"

urlpatterns = [
    path("access/", access.access_log, name="access-log"),
    path("access/<str:look>/", access.look, name="look"),
    path("access/tests/<str:pk>/end/", access.uproot, name="uproot"),
    path("customers/<uuid:pk>/test/", access.plant, name="plant"),
    path("sharing/", sharing.settings, name="sharing"),
    path("customers/<uuid:pk>/sharing/", sharing.share, name="share"),
    path("capture/", capture.capture, name="capture"),
    path("capture/w/<uuid:pk>/", confirming.unconfirmed, name="unconfirmed"),
    path("capture/w/<uuid:pk>/send/", confirming.send_again, name="send-again"),
    path("c/<str:token>/", confirming.confirm, name="confirm"),
    path("capture/r/<str:receipt>/", capture.receipt, name="receipt"),
    path("capture/r/<str:receipt>/undo/", voids.undo, name="undo"),
    path("capture/r/<str:receipt>/void/", voids.void, name="void"),
    path("capture/r/<str:receipt>/wait/", line.stand, name="stand-in-line"),
    path("capture/r/<str:receipt>/leave/", line.leave, name="leave-line"),
    path("capture/r/<str:receipt>/case/", cases.open_case, name="open-case"),
    path("cases/", cases.cases, name="cases"),
    path("cases/precedents/", cases.precedents, name="precedents"),
    path("cases/review/", reviews.reviews, name="reviews"),
    path("cases/review/<uuid:pk>/", reviews.review, name="review-case"),
    path("cases/review/<uuid:pk>/aside/", reviews.step_aside, name="step-aside"),
    path("cases/review/<uuid:pk>/<int:evidence>/", reviews.review_file, name="review-file"),
    path("cases/<uuid:pk>/", cases.case, name="case"),
    path("cases/<uuid:pk>/evidence/", cases.add_evidence, name="add-evidence"),
    path("cases/<uuid:pk>/appeal/", cases.appeal, name="appeal-case"),
    path("cases/<uuid:pk>/<int:number>/", cases.case_file, name="case-file"),
    path("capture/r/<str:receipt>/ask/", choices.ask, name="ask-customer"),
    path("choose/<str:token>/", choices.choose, name="choose"),
    path("dispatch/", dispatch.inbox, name="dispatch"),
    path("dispatch/open/", dispatch.to_take, name="to-take"),
    path("dispatch/open/<uuid:lead>/<str:store>/", dispatch.take, name="take-lead"),
    path("dispatch/considered/", dispatch.considered, name="considered"),
    path("dispatch/fairness/", dispatch.fair, name="fairness"),
    path("dispatch/fairness/data.json", dispatch.fair_data, name="fairness-data"),
    path("dispatch/queue/", dispatch.queue, name="lead-queue"),
    path("dispatch/queue/<uuid:lead>/", dispatch.choose, name="choose-store"),
    path("dispatch/choices/<uuid:lead>/<int:hop>/", dispatch.choice, name="choice"),
    path(
        "dispatch/choices/<uuid:lead>/<int:hop>/data.json",
        dispatch.choice_data,
        name="choice-data",
    ),
    path("dispatch/<uuid:pk>/", dispatch.offer, name="offer"),
    path("dispatch/<uuid:pk>/accept/", dispatch.accept, name="accept-offer"),
    path("dispatch/<uuid:pk>/decline/", dispatch.decline, name="decline-offer"),
    path("dispatch/<uuid:pk>/return/", dispatch.give_back, name="return-lead"),
    path("s/<str:store>/<str:key>/", page.register, name="page"),
    path("s/<str:store>/<str:key>/done/", page.done, name="page-done"),
    path("b/<str:link>/", campaign.ask, name="campaign"),
    path("b/<str:link>/done/", campaign.done, name="campaign-done"),
    path("store/qr/", page.codes, name="store-codes"),
    path("store/qr/<str:store>/poster.pdf", page.poster, name="poster"),
    path("p/", person.show, name="own"),
    path("p/copy.json", person.copy, name="own-copy"),
    path("p/delete/", person.delete, name="own-delete"),
    path("p/leave/", person.leave, name="own-leave"),
    path("p/<uuid:pk>/", person.correct, name="own-correct"),
    path("p/<uuid:pk>/<slug:purpose>/", person.decide, name="own-decide"),
    path("customers/", lists.customers, name="list"),
    path("customers/search/", lists.search, name="search"),
    path("customers/pool/", pool.pool, name="pool"),
    path("customers/<uuid:pk>/claim/", pool.claim, name="claim"),
    path("customers/possible/", possible.pairs, name="possible"),
    path("customers/possible/<str:act>/", possible.decide, name="decide-possible"),
    path("customers/extensions/", extensions.queue, name="extensions"),
    path("customers/extensions/<str:act>/", extensions.answer, name="answer-extension"),
    path("customers/<uuid:pk>/extend/", extensions.ask, name="extend"),
    path("customers/hand-over/", handover.hand_over, name="hand-over"),
    path("customers/hand-over/<uuid:batch>/", handover.handed_over, name="handed-over"),
    path("customers/hand-over/<uuid:batch>/undo/", handover.undo, name="undo-hand-over"),
    path("stores/", closings.stores, name="stores"),
    path("stores/<str:store>/close/", closings.close_store, name="close-store"),
    path("closings/<uuid:pk>/", closings.closing, name="closing"),
    path("closings/<uuid:pk>/take-back/", closings.take_back, name="take-back-closing"),
    path("closings/<uuid:pk>/everything/", closings.taken, name="everything-taken"),
    path("closings/<uuid:pk>/everything/<slug:what>/", closings.take, name="take-everything"),
    path("staff/<int:pk>/end/", handover.leave, name="end-post"),
    path("staff/<int:pk>/change/", handover.change, name="change-post"),
    path("customers/<uuid:pk>/", customer.detail, name="detail"),
    path("customers/<uuid:pk>/release/", releases.release, name="release"),
    path("customers/<uuid:pk>/release/undo/", releases.take_back, name="keep"),
    path("customers/<uuid:pk>/edit/", customer.edit, name="edit"),
    path("customers/<uuid:pk>/follow-up/", customer.follow_up, name="follow-up"),
    path(
        "customers/<uuid:pk>/follow-up/<str:activity>/", customer.correct, name="correct-follow-up"
    ),
    path("customers/<uuid:pk>/number/", customer.reveal, name="reveal"),
    path("customers/<uuid:pk>/new-number/", numbers.new_number, name="new-number"),
]

# Who opens what, by the classes of tests/matrix/addresses.py.
opens = {
    "everybody": "own own-copy own-delete own-leave own-correct own-decide",
    "whoever has the link": "page page-done campaign campaign-done choose confirm",
    "dealer": (
        "capture unconfirmed send-again receipt ask-customer"
        " undo void list search detail edit follow-up reveal"
        " correct-follow-up new-number extend pool claim stand-in-line leave-line dispatch"
        " considered offer"
        " accept-offer decline-offer return-lead choice choice-data to-take take-lead store-codes"
        " poster"
        " open-case cases case add-evidence appeal-case case-file"
    ),
    "posts": "fairness fairness-data precedents",
    "region": (
        "lead-queue choose-store extensions answer-extension reviews review-case step-aside"
        " review-file"
    ),
    "leaders": (
        "possible decide-possible hand-over handed-over undo-hand-over end-post change-post release"
        " keep"
    ),
    "owner": (
        "access-log look plant uproot sharing share stores close-store closing take-back-closing"
        " everything-taken take-everything"
    ),
}

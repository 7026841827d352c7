from django.urls import path

from dealers.views import (
    account,
    agreements,
    demo,
    exit_pack,
    exports,
    imports,
    joining,
    looking,
    notices,
    proof,
    scorecard,
    staff,
)

app_name = "dealers"

urlpatterns = [
    path("demo/outbox/", demo.outbox, name="demo-outbox"),
    path("me/", account.me, name="me"),
    path("me/post/", account.switch, name="switch"),
    path("me/undo/<str:signed>/", account.undo_contact, name="undo-contact"),
    path("me/notices/", notices.ways, name="notice-ways"),
    path("notifications/", notices.notices, name="notices"),
    path("notifications/read/", notices.read_all, name="notices-read"),
    path("notifications/<int:pk>/", notices.notice, name="notice"),
    path("looking/stop/", looking.stop, name="stop-looking"),
    path("staff/", staff.staff, name="staff"),
    path("staff/invite/", staff.invite, name="invite"),
    path("staff/invitations/<int:pk>/", staff.invitation, name="invitation"),
    path("staff/invitations/<int:pk>/resend/", staff.resend, name="resend"),
    path("staff/invitations/<int:pk>/revoke/", staff.revoke, name="revoke"),
    path("staff/invitations/<int:pk>/consent/", staff.consent, name="consent"),
    path("exports/<uuid:pk>/", exports.export, name="export"),
    path("exports/<uuid:pk>/file/", exports.file, name="export-file"),
    path("exit-pack/", exit_pack.page, name="exit-pack"),
    path("exit-pack/make/", exit_pack.make, name="make-exit-pack"),
    path("proof/", proof.proof, name="proof"),
    path("proof/chain/", proof.take_chain, name="take-chain"),
    path("proof/receipts.txt", proof.receipts, name="proof-receipts"),
    path("proof/roots.txt", proof.paths, name="proof-paths"),
    path("agreement/", agreements.newest, name="agreement"),
    path("agreement/<int:agreement>/", agreements.version, name="agreement-version"),
    path("agreement/<int:agreement>/sign/", agreements.sign, name="sign-agreement"),
    path("agreement/<int:agreement>/refuse/", agreements.refuse, name="refuse-agreement"),
    path("agreement/<int:agreement>/paper.pdf", agreements.paper, name="agreement-paper"),
    path("agreement/<int:agreement>/words.txt", agreements.words, name="agreement-words"),
    path("roots/", proof.roots, name="roots"),
    path("roots/roots.txt", proof.roots_file, name="roots-file"),
    path("roots/root-<slug:day>.tsr", proof.stamp, name="stamp"),
    path("roots/root-<slug:day>.pem", proof.stamp_certificates, name="stamp-certificates"),
    path("roots/verify_receipt.py", proof.verifier, name="verifier"),
    path("roots/verify.html", proof.verify, name="verify"),
    path("scorecard/", scorecard.scorecard, name="scorecard"),
    path("scorecard/scorecard.csv", scorecard.scorecard_file, name="scorecard-file"),
    path("imports/", imports.imports, name="imports"),
    path("imports/templates/<slug:kind>/", imports.template, name="import-template"),
    path("imports/<uuid:pk>/", imports.upload, name="import"),
    path("imports/<uuid:pk>/confirm/", imports.confirm, name="import-confirm"),
    path("imports/<uuid:pk>/cancel/", imports.cancel, name="import-cancel"),
    path("imports/<uuid:pk>/rejected/<int:number>/", imports.rejected, name="import-rejected"),
    path("join/<uuid:token>/", joining.join, name="join"),
    path("join/<uuid:token>/<slug:proof>/", joining.join, name="join"),
]

# Who opens what, by the classes of tests/matrix/addresses.py.
opens = {
    "everybody": (
        "demo-outbox roots roots-file stamp stamp-certificates verifier verify scorecard"
        " scorecard-file"
    ),
    "whoever has the link": "undo-contact join",
    "signed in": "me stop-looking switch notices notices-read notice-ways",
    "dealer": "export export-file",
    "nobody now": "notice",  # their own alone, and what they were told alone
    "leaders": "staff invite invitation resend revoke",
    "owner": (
        "consent exit-pack make-exit-pack proof take-chain proof-receipts proof-paths"
        " agreement agreement-version sign-agreement refuse-agreement agreement-paper"
        " agreement-words"
    ),
    "owner or program": (
        "imports import-template import import-confirm import-cancel import-rejected"
    ),
}

"""Which columns hold something about a person: what erasure, exports and rotations go by.

Sealed columns say so themselves (``dealers.sealed``). Every other column that can hold a text or
bytes of anybody's choice stands here once; a test fails for one that is missing. Who adds a column
adds its line: whether it tells of a customer, of a person of the network, or of nobody.
"""

from collections.abc import Iterator

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from dealers.sealed import SealedField

DESTROYED = "destroyed with the person"
DAYS = "deleted within days"
LOG = "stays: what happened is not unsaid, and the last digits alone name nobody"

# What tells of a customer in another shape than a sealed one, and what becomes of it.
CUSTOMERS = {
    "customers.Act.note": DESTROYED,
    "customers.Customer.search_tokens": DESTROYED,
    "customers.Identity.fingerprint": DESTROYED,
    "customers.Lead.contact": DESTROYED,
    "customers.LeadEntry.contact": DAYS,
    "customers.NumberChange.after": DESTROYED,
    "customers.NumberChange.before": DESTROYED,
    "customers.Order.content": DESTROYED,
    "customers.PageEntry.contact": DAYS,
    "customers.Registration.content": DESTROYED,
    "customers.Registration.salt": DESTROYED,
    "customers.Unconfirmed.contact": DAYS,
    "dealers.AccessLog.purpose": LOG,
    "dealers.Export.file": DAYS,
    "dealers.Emergency.reason": LOG,
    "dealers.FileImport.problems": LOG,
    "dealers.OutboxTask.args": DAYS,
    "dealers.UploadedFile.file": DAYS,
    "dealers.UploadedFile.preview": DAYS,
    "dealers.UploadedFile.problems": DAYS,
    "dealers.UploadedFile.rejected_file": DAYS,
    "dealers.UploadedFile.unread": DAYS,
}

# What tells of people of the network.
PEOPLE = {
    "dealers.AccessLog": ("name",),
    "dealers.AgreementAnswer": ("name",),
    "dealers.AgreementPaper": ("pdf",),
    "dealers.ContactChange": ("new", "old"),
    "dealers.Dealer": ("contact", "email", "phone"),
    "dealers.Invitation": ("email", "name", "phone"),
    "dealers.Notice": ("detail", "said"),
    "dealers.RefusedAct": ("name",),
    "dealers.SignInTry": ("account", "origin"),
    "dealers.Store": ("phone",),
    "dealers.User": ("email", "name", "password", "phone"),
    "training.Attempt": ("answers", "order"),
    "training.Certificate": ("holder",),
    "training.PackageAttempt": ("said",),  # emptied after a month, see training/scorm/attempts.py
    "training.Progress": ("ticked",),
    "training.SessionQuestion": ("answer", "text"),
}

# What is sealed and the dealer's own: nothing of a customer is in it.
OF_DEALERS = {
    "incentives.BankAccount.bank_sealed",
    "incentives.BankAccount.holder_sealed",
    "incentives.BankAccount.number_sealed",
}

NOBODY = {
    "customers.Act": ("reason",),
    "customers.Case": ("code",),
    "customers.CaseProposal": ("facts", "precedents", "rules", "turns"),
    "customers.CaseRuling": ("reason",),
    "customers.Campaign": ("asks_for", "name"),
    "customers.Category": ("code", "name"),
    "customers.Consent": ("evidence", "text_version"),
    "customers.Closing": ("reason",),
    "customers.DispatchTerms": ("bands", "conversion_bands", "name"),
    "customers.Erasure": ("reason",),
    "customers.ExitOffer": ("manifest",),
    "customers.Lead": ("campaign", "external_id", "wish"),
    "customers.LeadEntry": ("evidence", "text_version"),
    "customers.Order": ("external_id", "source"),
    "customers.PageEntry": ("evidence", "text_version"),
    "customers.PageWords": ("benefit", "benefit_en"),
    "customers.Precedent": ("code", "rules"),
    "customers.Product": ("code", "name"),
    "customers.Registration": ("consent_text", "key", "receipt", "source"),
    "customers.Rulebook": ("name", "sharing_days", "warning_days"),
    "customers.RulebookTrial": ("dealers", "lines"),
    "customers.Story": ("name", "story"),
    "customers.Unconfirmed": ("code", "key"),
    "customers.Void": ("role",),
    "dealers.AccessLog": ("agent", "customers", "fields", "role"),
    "dealers.AgreementAnswer": ("language", "sha256"),
    "dealers.AgreementPaper": ("sha256",),
    "dealers.AgreementVersion": (
        "dealer_duties", "dealer_duties_en", "hq_duties", "hq_duties_en", "name", "text", "text_en",
        "title", "title_en", "words",
    ),
    "dealers.CalendarDay": ("why",),
    "dealers.DailyRoot": ("before", "root", "signature"),
    "dealers.Dealer": ("address", "code", "name"),
    "dealers.DealerKey": ("master_key_id", "wrapped"),
    "dealers.Export": ("arguments", "fields", "language", "name", "title"),
    "dealers.Fact": ("body",),
    "dealers.FileImport": ("name", "sha256"),
    "dealers.KeyCheck": ("name", "value"),
    "dealers.Link": ("body", "hash", "previous"),
    "dealers.Notice": ("about", "to"),
    "dealers.OutboxTask": ("key", "problem", "task"),
    "dealers.PortalKey": ("master_key_id", "name", "wrapped"),
    "dealers.RefusedAct": ("agent", "role", "said"),
    "dealers.Region": ("code", "name"),
    "dealers.Restart": ("hash", "lost_hash", "signature"),
    "dealers.RootPath": ("blind", "hash", "steps"),
    "dealers.SignedLink": ("hash", "signature"),
    "dealers.SigningKey": ("public",),
    "dealers.StampAttempt": ("answer", "certificates", "detail", "service", "stamped_by"),
    "dealers.Store": ("address", "code", "name", "timezone"),
    "dealers.Upload": ("effects", "language", "problem", "site"),
    "dealers.UploadedFile": ("encoding", "name"),
    "incentives.Account": ("currency",),
    "incentives.AccountCode": ("code", "name"),
    "incentives.BankFileColumn": ("heading", "text"),
    "incentives.Adjustment": ("code", "content", "currency", "key", "reason"),
    "incentives.AdjustmentDecision": ("reason",),
    "incentives.Board": ("cohorts",),
    "incentives.BudgetStanding": ("months",),
    "incentives.CoachingCheck": ("said",),
    "incentives.CoachingNote": ("saw", "to_do", "why"),
    "incentives.Cohort": ("code", "name", "name_en", "size_classes"),
    "incentives.CombinedBoard": ("code", "name", "name_en"),
    "incentives.DerivedPlace": ("cohort",),
    "incentives.Component": ("code", "name", "name_en", "places", "rate_above_one", "gates"),
    "incentives.Dispute": ("code",),
    "incentives.DisputeRuling": ("reason",),
    "incentives.Hold": ("lines",),
    "incentives.Journal": ("content", "currency", "key", "source_key"),
    "incentives.OpenMonth": ("held", "mark"),
    "incentives.OpenResult": ("explanation",),
    "incentives.Payout": ("reason", "reference"),
    "incentives.PayoutBatch": ("columns", "currency", "number"),
    "incentives.Plan": ("code", "name", "name_en", "text", "text_en"),
    "incentives.Program": ("currency",),
    "incentives.Ranking": ("cohort",),
    "incentives.RunningPlace": ("cohort",),
    "incentives.Season": ("name", "name_en"),
    "incentives.Spread": ("cohort",),
    "incentives.Replay": ("content", "found", "months"),
    "incentives.ReplayedAmount": ("code",),
    "incentives.Result": ("explanation",),
    "incentives.Reward": ("code", "cohort", "explanation"),
    "incentives.RewardProgram": (
        "amounts", "badge", "badge_en", "code", "cohort", "name", "name_en",
    ),
    "incentives.RewardReview": ("reason",),
    "incentives.RewardSettlement": ("currency",),
    "incentives.RewardSuspicion": ("orders", "reason", "registrations"),
    "incentives.Run": ("inputs_hash",),
    "incentives.SharingTrial": ("found", "lines"),
    "incentives.Statement": ("code", "currency", "number"),
    "incentives.StatementDocument": ("language", "lines_sha256", "pdf", "sha256"),
    "incentives.StoreView": ("name", "query"),
    "training.Certificate": ("code",),
    "training.Choice": ("feedback", "feedback_en", "pair", "pair_en", "text", "text_en"),
    "training.Course": ("figure", "slug", "summary", "summary_en", "title", "title_en"),
    "training.Lesson": (
        "body", "body_en", "captions", "captions_en", "checks", "checks_en", "file", "package",
        "task", "title", "title_en", "video",
    ),
    "training.Picture": ("alt", "alt_en", "image", "name"),
    "training.Question": ("feedback", "feedback_en", "text", "text_en"),
    "training.AttendanceCode": ("code",),
    "training.SharingSession": (
        "about", "about_en", "link", "place", "recording", "recording_link", "timezone", "title",
        "title_en",
    ),
    "training.Story": ("body", "body_en", "captions", "title", "title_en", "video"),
    "training.StoryFigure": ("length", "metric", "source"),
    "training.StoryPicture": ("alt", "image"),
    "training.Track": ("title", "title_en"),
    "training.Withdrawal": ("reason",),
}  # fmt: skip

OURS = {"dealers", "customers", "training", "incentives"}
FREE = (
    models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FileField,
    models.GenericIPAddressField, ArrayField,
)  # fmt: skip


def sealed() -> Iterator[str]:
    """Every sealed column, like ``customers.Customer.name_sealed``."""
    return (name for name, field in _columns() if isinstance(field, SealedField))


def of_customers() -> set[str]:
    """Every column that tells of a customer, sealed or not."""
    return {*sealed(), *CUSTOMERS} - OF_DEALERS


def of_people() -> set[str]:
    """Every column that tells of a person of the network."""
    return _named(PEOPLE)


def unclassified() -> list[str]:
    """What stands against this list: columns that are missing in it, twice, or not there."""
    there = {name for name, _field in _columns()}
    groups = (set(sealed()), set(CUSTOMERS), of_people(), _named(NOBODY))
    listed = [name for group in groups for name in group]
    twice = {name for name in listed if listed.count(name) > 1}
    return sorted((there ^ set(listed)) | twice)


def _columns() -> Iterator[tuple[str, models.Field]]:
    for model in apps.get_models():
        if model._meta.app_label not in OURS or model._meta.proxy:
            continue
        for field in model._meta.local_concrete_fields:
            free = isinstance(field, FREE) and not (field.choices or field.generated)
            if free and not field.is_relation:
                yield f"{model._meta.label}.{field.name}", field


def _named(group: dict[str, tuple[str, ...]]) -> set[str]:
    return {f"{model}.{field}" for model, fields in group.items() for field in fields}

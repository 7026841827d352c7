"""The network (regions, dealers, stores), its people, and what the other apps build on."""

from dealers.models.access import (
    BY_OTHERS,
    PURPOSES,
    AccessAction,
    AccessLog,
    AccessLogQuerySet,
    Purpose,
)
from dealers.models.admin_log import AdminLog
from dealers.models.agreements import (
    AgreementAnswer,
    AgreementPaper,
    AgreementVersion,
    needed_sql,
    signatures,
    signed_from_sql,
    signed_sql,
)
from dealers.models.alarms import AccessAlarm, AlarmKind, Canary
from dealers.models.calendar import CalendarDay
from dealers.models.contacts import ContactChange, ContactChangeQuerySet, ContactKind
from dealers.models.drills import RestoreDrill
from dealers.models.emergencies import ASKED_FOR, OPEN_FOR, BrokenGlass, Emergency
from dealers.models.exports import Export, ExportQuerySet, ExportState
from dealers.models.forbidden import ForbiddenAct, RefusedAct, RefusedActQuerySet
from dealers.models.imports import FileImport, ImportKind, ImportState
from dealers.models.invitations import Invitation, InvitationQuerySet
from dealers.models.keys import DealerKey, KeyCheck, KeyRotation, PortalKey, RotationKind
from dealers.models.network import (
    Dealer,
    Region,
    SizeClass,
    Store,
    timezones,
    validate_timezone,
)
from dealers.models.notices import (
    Notice,
    NoticeChoice,
    NoticeCopy,
    NoticeKind,
    NoticeLevel,
    NoticeQuerySet,
)
from dealers.models.outbox import OutboxTask, OutboxTaskQuerySet
from dealers.models.people import (
    DEALER_ROLES,
    STORE_ROLES,
    Language,
    Membership,
    MembershipQuerySet,
    Role,
    User,
    UserManager,
    role_scope_condition,
    store_of_dealer,
)
from dealers.models.receipts import (
    DailyRoot,
    Fact,
    FactKind,
    Link,
    RootPath,
    SignedLink,
    SigningKey,
    chained,
    moment,
)
from dealers.models.restarts import Restart
from dealers.models.scorecard import Score, ScoreFigure, ScoreLength
from dealers.models.sharing import CONTACT, UNCHOSEN, Level, Sharing, in_force_sql
from dealers.models.signin import SignInTry, TryKind
from dealers.models.stamps import StampAttempt, StampAttemptQuerySet, StampOutcome
from dealers.models.uploads import UNDER_WAY, Upload, UploadedFile, UploadQuerySet, UploadState

__all__ = [
    "ASKED_FOR",
    "BY_OTHERS",
    "CONTACT",
    "DEALER_ROLES",
    "OPEN_FOR",
    "PURPOSES",
    "STORE_ROLES",
    "UNCHOSEN",
    "UNDER_WAY",
    "AccessAction",
    "AccessAlarm",
    "AccessLog",
    "AccessLogQuerySet",
    "AdminLog",
    "AgreementAnswer",
    "AgreementPaper",
    "AgreementVersion",
    "AlarmKind",
    "BrokenGlass",
    "CalendarDay",
    "Canary",
    "ContactChange",
    "ContactChangeQuerySet",
    "ContactKind",
    "DailyRoot",
    "Dealer",
    "DealerKey",
    "Emergency",
    "Export",
    "ExportQuerySet",
    "ExportState",
    "Fact",
    "FactKind",
    "FileImport",
    "ForbiddenAct",
    "ImportKind",
    "ImportState",
    "Invitation",
    "InvitationQuerySet",
    "KeyCheck",
    "KeyRotation",
    "Language",
    "Level",
    "Link",
    "Membership",
    "MembershipQuerySet",
    "Notice",
    "NoticeChoice",
    "NoticeCopy",
    "NoticeKind",
    "NoticeLevel",
    "NoticeQuerySet",
    "OutboxTask",
    "OutboxTaskQuerySet",
    "PortalKey",
    "Purpose",
    "RefusedAct",
    "RefusedActQuerySet",
    "Region",
    "Restart",
    "RestoreDrill",
    "Role",
    "RootPath",
    "RotationKind",
    "Score",
    "ScoreFigure",
    "ScoreLength",
    "Sharing",
    "SignInTry",
    "SignedLink",
    "SigningKey",
    "SizeClass",
    "StampAttempt",
    "StampAttemptQuerySet",
    "StampOutcome",
    "Store",
    "TryKind",
    "Upload",
    "UploadQuerySet",
    "UploadState",
    "UploadedFile",
    "User",
    "UserManager",
    "chained",
    "in_force_sql",
    "moment",
    "needed_sql",
    "role_scope_condition",
    "signatures",
    "signed_from_sql",
    "signed_sql",
    "store_of_dealer",
    "timezones",
    "validate_timezone",
]

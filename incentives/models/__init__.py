"""Plans, closed months and their books, statements, and the boards."""

from incentives.models.adjustments import (
    Adjustment,
    AdjustmentDecision,
    AdjustmentQuerySet,
)
from incentives.models.benchmarks import Goal, Naming
from incentives.models.boards import Board, Cohort, Length, Metric, Ranking, Unit
from incentives.models.bookkeeping import AccountCode
from incentives.models.books import (
    Account,
    AccountKind,
    Entry,
    Holder,
    Journal,
    Source,
)
from incentives.models.budgets import BudgetAlarm, BudgetStanding, PlanBudget
from incentives.models.certified import Certified
from incentives.models.coaching import Aim, Came, CoachingCheck, CoachingNote, NoteQuerySet
from incentives.models.combined import CombinedBoard
from incentives.models.components import (
    ADJUSTMENT,
    OF_REGISTRATIONS,
    SHARES,
    TIERED,
    Base,
    Beneficiary,
    Clawback,
    Component,
    Event,
    Gate,
    Kind,
    RateRow,
)
from incentives.models.disputes import (
    Dispute,
    DisputeEvent,
    DisputeKind,
    DisputeOutcome,
    DisputeQuerySet,
    DisputeRuling,
    DisputeRulingQuerySet,
    DisputeStep,
)
from incentives.models.estimates import OpenLine, OpenMonth, OpenResult
from incentives.models.exhibits import DisputeExhibit, DisputeExhibitKind
from incentives.models.holds import Hold, HoldQuerySet
from incentives.models.late import CounterRegistration, DealersVoid, VoidedAttribution
from incentives.models.marks import BoardMark, Fact
from incentives.models.payouts import (
    BankAccount,
    BankFileColumn,
    Cell,
    Payout,
    PayoutBatch,
    PayoutQuerySet,
    PayoutState,
)
from incentives.models.periods import (
    ENGINE,
    FIFTH_ENGINE,
    FIRST_ENGINE,
    FOURTH_ENGINE,
    FailedClosing,
    Period,
    Run,
    WhyNotClosed,
)
from incentives.models.plans import (
    Direction,
    Plan,
    PlanVersion,
    PlanVersionQuerySet,
    Program,
)
from incentives.models.replays import Replay, ReplayedAmount
from incentives.models.results import Line, Result, ResultQuerySet
from incentives.models.reward_programs import RewardKind, RewardProgram
from incentives.models.rewards import (
    Reward,
    RewardQuerySet,
    RewardReview,
    RewardSettlement,
    RewardSuspicion,
    SuspicionSign,
)
from incentives.models.running import DerivedCount, DerivedPlace, RunningPlace, Spread
from incentives.models.seasons import Season
from incentives.models.sharing_groups import SharingGroup
from incentives.models.sharing_trials import SharingTrial
from incentives.models.statements import (
    Acknowledgement,
    Statement,
    StatementDocument,
    StatementQuerySet,
    StatementRelease,
)
from incentives.models.store_views import StoreView

__all__ = [
    "ADJUSTMENT",
    "ENGINE",
    "FIFTH_ENGINE",
    "FIRST_ENGINE",
    "FOURTH_ENGINE",
    "OF_REGISTRATIONS",
    "SHARES",
    "TIERED",
    "Account",
    "AccountCode",
    "AccountKind",
    "Acknowledgement",
    "Adjustment",
    "AdjustmentDecision",
    "AdjustmentQuerySet",
    "Aim",
    "BankAccount",
    "BankFileColumn",
    "Base",
    "Beneficiary",
    "Board",
    "BoardMark",
    "BudgetAlarm",
    "BudgetStanding",
    "Came",
    "Cell",
    "Certified",
    "Clawback",
    "CoachingCheck",
    "CoachingNote",
    "Cohort",
    "CombinedBoard",
    "Component",
    "CounterRegistration",
    "DealersVoid",
    "DerivedCount",
    "DerivedPlace",
    "Direction",
    "Dispute",
    "DisputeEvent",
    "DisputeExhibit",
    "DisputeExhibitKind",
    "DisputeKind",
    "DisputeOutcome",
    "DisputeQuerySet",
    "DisputeRuling",
    "DisputeRulingQuerySet",
    "DisputeStep",
    "Entry",
    "Event",
    "Fact",
    "FailedClosing",
    "Gate",
    "Goal",
    "Hold",
    "HoldQuerySet",
    "Holder",
    "Journal",
    "Kind",
    "Length",
    "Line",
    "Metric",
    "Naming",
    "NoteQuerySet",
    "OpenLine",
    "OpenMonth",
    "OpenResult",
    "Payout",
    "PayoutBatch",
    "PayoutQuerySet",
    "PayoutState",
    "Period",
    "Plan",
    "PlanBudget",
    "PlanVersion",
    "PlanVersionQuerySet",
    "Program",
    "Ranking",
    "RateRow",
    "Replay",
    "ReplayedAmount",
    "Result",
    "ResultQuerySet",
    "Reward",
    "RewardKind",
    "RewardProgram",
    "RewardQuerySet",
    "RewardReview",
    "RewardSettlement",
    "RewardSuspicion",
    "Run",
    "RunningPlace",
    "Season",
    "SharingGroup",
    "SharingTrial",
    "Source",
    "Spread",
    "Statement",
    "StatementDocument",
    "StatementQuerySet",
    "StatementRelease",
    "StoreView",
    "SuspicionSign",
    "Unit",
    "VoidedAttribution",
    "WhyNotClosed",
]

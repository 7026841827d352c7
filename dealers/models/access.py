"""Who looked at whose customers."""

from typing import ClassVar, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dealers import sayings
from dealers.bounds import MomentField, within
from dealers.models.network import Dealer
from dealers.models.people import DEALER_ROLES, User, role_name
from dealers.models.receipts import FactKind, chained
from dealers.models.scopes import SeenAtDealer
from dealers.triggers import append_only, keeps_the_name, knows_its_transaction, no_truncate


class AccessAction(models.TextChoices):
    REVEAL = "reveal", _("Number shown")
    REFUSED = "refused", _("Number asked for, and refused")
    LOOK_UP = "look_up", _("Number looked up")
    EXPORT = "export", _("Exported")
    LOOK = "look", _("Looked at the owner's pages")
    VIEW = "view", _("Customers on a page")


class Purpose(models.TextChoices):
    """What somebody needs a customer's full number for; the log keeps the code."""

    FOLLOW_UP = "follow-up", _("Follow-up call")
    DELIVERY = "delivery", _("Delivery or installation")
    SERVICE = "service", _("After-sales service")
    REQUEST = "request", _("The customer asked to be called")
    CHOICE = "choice", _("The portal asks the customer which store they want")
    EMERGENCY = "emergency", _("Emergency beyond the level of sharing")


# Those that people name; the portal alone asks customers, and an emergency is granted.
_UNNAMED = {Purpose.CHOICE, Purpose.EMERGENCY}
PURPOSES = [each for each in Purpose.choices if each[0] not in _UNNAMED]


# What an entry's ``fields`` name, in words.
FIELDS = {
    "phone": _("whole number"),
    "name": _("name"),
    "wechat": _("WeChat ID"),
    "email": _("e-mail"),
    "notes": _("notes"),
    "phone (masked)": _("masked number"),
    "no name": _("no name, no number"),
    "name (masked)": _("masked name"),
    "store": _("store"),
    "staff": _("staff"),
    "protection": _("protection"),
    "activity": _("activity"),
    "follow-up": _("follow-up"),
    "sale": _("sale"),
    "order": _("order"),
    "amount": _("amount"),
    "evidence": _("evidence"),
    "bank account": _("bank account"),
    "pages of the owner": _("pages of the owner"),
}

# Whoever looks can neither read which customers are tests nor keep an alarm from being raised: this
# sees and adds rows that they do not. What tasks read by themselves, and owners, raise none.
WATCH = """
    IF NEW.role <> 'owner' AND (NEW.user_id IS NOT NULL OR NEW.action = 'reveal')
    AND EXISTS (
        SELECT FROM dealers_canary AS canary
        WHERE canary.dealer_id = NEW.dealer_id AND canary.ended_at IS NULL AND (
            canary.customer = NEW.customer OR canary.customer = ANY (NEW.customers)
            -- A file of customers that does not name them may have them all.
            OR NEW.action = 'export' AND cardinality(NEW.customers) = 0
                AND NEW.fields LIKE '%phone%'))
    THEN
        INSERT INTO dealers_accessalarm (dealer_id, entry_id, kind, at)
        VALUES (NEW.dealer_id, NEW.id, 'canary', NEW.at);
    END IF;
    IF NEW.user_id IS NULL OR NEW.role = 'owner' OR NEW.action = 'look' THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(sum(count), 0) INTO today FROM dealers_accesslog
    WHERE user_id = NEW.user_id AND action = NEW.action
        AND at > NEW.at - interval '24 hours' AND at <= NEW.at;
    IF today <= (CASE NEW.action WHEN 'view' THEN 500 WHEN 'export' THEN 200 ELSE 20 END) THEN
        RETURN NULL;
    END IF;
    -- The average of the days of the last 30 on which this person did it at all.
    SELECT coalesce(sum(count)::numeric / nullif(count(DISTINCT at::date), 0), 0) INTO usual
    FROM dealers_accesslog
    WHERE user_id = NEW.user_id AND action = NEW.action
        AND at > NEW.at - interval '31 days' AND at <= NEW.at - interval '24 hours';
    IF today > 3 * usual AND NOT EXISTS (
        SELECT FROM dealers_accessalarm AS alarm
        JOIN dealers_accesslog AS entry ON entry.id = alarm.entry_id
        WHERE alarm.kind = 'bulk' AND entry.user_id = NEW.user_id
            AND alarm.dealer_id = NEW.dealer_id AND entry.action = NEW.action
            AND entry.at > NEW.at - interval '24 hours')
    THEN
        INSERT INTO dealers_accessalarm (dealer_id, entry_id, kind, at)
        VALUES (NEW.dealer_id, NEW.id, 'bulk', NEW.at);
    END IF;
    RETURN NULL;
"""

# Who, when, at whose card and for what; of the reasons only those that are codes, for others may
# end in a customer's digits. What they were called and the reason in full stand there by a hash.
TOLD = """
    SELECT dealer_id AS dealer, id, json_build_object(
        'action', action, 'at', at, 'person', user_id, 'role', role, 'agent', agent,
        'card', customer, 'cards', customers, 'fields', fields, 'count', count,
        'purpose', CASE WHEN purpose ~ '^[a-z-]+$' THEN purpose END,
        'words', encode(sha256(convert_to(
            coalesce(nullif(name, ''), agent) || '|' || purpose, 'UTF8')), 'hex')) AS said
    FROM added"""

# By whom has no post at the dealer, at that moment.
BY_OTHERS = ~models.Q(role__in=DEALER_ROLES)


class AccessLogQuerySet(SeenAtDealer["AccessLog"]):
    def by_others(self) -> Self:
        """By people from outside the dealer's company, at that moment."""
        return self.filter(BY_OTHERS)

    def by_own(self) -> Self:
        """By the dealer's own people."""
        return self.exclude(BY_OTHERS)

    def by_somebody(self) -> Self:
        """Without what tasks and commands read by themselves, unless a number was shown."""
        return self.filter(models.Q(user__isnull=False) | models.Q(action=AccessAction.REVEAL))


class AccessLog(models.Model):
    """Somebody read personal data of a dealer's customers: who, when, what and why."""

    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="access_log", verbose_name=_("dealer")
    )
    # Nobody where a task or a command read by itself; ``agent`` is its name.
    user = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("person"),
    )  # fmt: skip
    agent = models.CharField(_("task or command"), max_length=100, blank=True, default="")
    # The person's at that moment, set by the database: they may be called otherwise later.
    name = models.CharField(
        _("name"), max_length=80, blank=True, default="", db_default="", editable=False
    )
    role = models.CharField(_("role"), max_length=40)
    action = models.CharField(_("action"), max_length=20, choices=AccessAction)
    # The customer card read, or nothing where a whole list was exported or nobody was found. No
    # foreign key: cards live in a higher app, and the log outlives them.
    customer = models.UUIDField(_("customer card"), null=True, blank=True)
    # The cards that a page showed.
    customers = ArrayField(models.UUIDField(), default=list, blank=True, editable=False)
    fields = models.CharField(_("fields"), max_length=200)
    # As ``sayings`` keeps it: every reader reads it in their language.
    purpose = models.CharField(_("purpose"), max_length=500)
    count = models.PositiveIntegerField(_("customers"), default=1)
    at = MomentField(_("at"), default=timezone.now)
    # The transaction that wrote the entry, set by the database: what an entry grants is handed out
    # in another one, when this one is committed.
    written_in = models.BigIntegerField(default=0, editable=False)

    objects = AccessLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("access_log_between_1990_and_2200", moments=["at"]),
            models.CheckConstraint(
                name="access_log_says_who",
                condition=models.Q(user__isnull=False) | ~models.Q(agent=""),
            ),
        ]
        indexes: ClassVar = [
            # The owner's page: newest first.
            models.Index(fields=["dealer", "-at", "-id"], name="access_log_dealer_newest"),
            # What a person did lately, which is limited.
            models.Index(fields=["user", "-at"], name="access_log_person_newest"),
            # A customer's timeline.
            models.Index(fields=["customer", "-at"], name="access_log_customer_newest"),
        ]
        triggers: ClassVar = [
            append_only("access_log_only_added"),
            no_truncate("access_log_never_emptied"),
            knows_its_transaction("access_log_knows_its_transaction", "written_in"),
            keeps_the_name("access_log_keeps_the_name", "name", of="user_id"),
            chained("access_log_is_chained", FactKind.ACCESS, TOLD),
            # Test customers, and far more than usual: see ``dealers.alarms``.
            pgtrigger.Trigger(
                name="access_log_is_watched",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                declare=[("today", "bigint"), ("usual", "numeric")],
                func=WATCH,
            ),
            # The database's clock, with some room for that of the web server.
            pgtrigger.Protect(
                name="access_log_at_the_moment_itself",
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition(
                    "NEW.at NOT BETWEEN now() - interval '5 minutes'"
                    " AND clock_timestamp() + interval '5 minutes'"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.who} {self.get_action_display()}"

    @property
    def who(self) -> str:
        """The person as they were called then, else the task or command that read by itself."""
        return self.name or (self.user.name if self.user else gettext(self.agent))

    @property
    def why(self) -> str:
        """What it was for, in the reader's language; of a file, that it was taken away."""
        if self.purpose in Purpose.values:
            return str(Purpose(self.purpose).label)
        if self.action == AccessAction.LOOK_UP and self.purpose.isdecimal():
            said = (
                _("Number ending in %(digits)s: found")
                if self.customer
                else _("Number ending in %(digits)s: not found")
            )
            return str(said) % {"digits": self.purpose}
        words = sayings.read(self.purpose)
        if self.action == AccessAction.EXPORT:
            return gettext("Export: %(what)s") % {"what": words}
        return words

    @property
    def role_name(self) -> str:
        """The post of the person at that moment, in the reader's language."""
        return role_name(self.role, self.user_id)

    @property
    def what(self) -> str:
        """What was read, in the reader's language."""
        said = [FIELDS[name] for name in self.fields.split(", ") if name in FIELDS]
        return gettext(", ").join(map(str, said)) if said else self.get_action_display()

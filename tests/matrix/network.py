"""Two dealers with the same trade: what one has is the other's foreign object.

Each side's tables count from a number of its own, so that one number names the first row that this
side has in each of them, whatever a parameter means by it.
"""

from base64 import b64decode
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from customers import cards
from customers.choices import asking, links
from customers.closings import plan
from customers.dispatch import leads, offers
from customers.dispatch import page as campaign_page
from customers.models import Campaign, Identity, Lead, Ownership, Registration, VoidReason
from customers.ownership import activities, confirming, extensions, handover, voids
from dealers import access, contacts, emergencies, exports, vault
from dealers.actor import Actor, acting
from dealers.models import (
    AccessAction,
    AccessLog,
    ContactChange,
    ContactKind,
    Dealer,
    Export,
    ExportState,
    Invitation,
    Membership,
    Role,
    Store,
    Upload,
    UploadState,
    User,
)
from dealers.months import next_month
from incentives.boards import naming, times
from incentives.books import adjustments
from incentives.books.adjustments import Wanted
from incentives.models import BankFileColumn, Goal, Length, Metric, Plan, RewardKind, Run, StoreView
from incentives.payouts.accounts import Details
from incentives.plans import whatif
from incentives.rewards import settling
from incentives.statements import files, release
from tests.factories.agreements import published as agreement
from tests.factories.agreements import signed
from tests.factories.budgets import budget_of
from tests.factories.cases import case_of, in_review
from tests.factories.closings import offered
from tests.factories.coaching import coached
from tests.factories.customers import RulebookFactory, StoryFactory, registered, unconfirmed
from tests.factories.dealers import (
    DealerFactory,
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
    RegionFactory,
    StoreFactory,
    UserFactory,
    shared,
)
from tests.factories.disputes import dispute_of
from tests.factories.incentives import (
    JANUARY,
    close_period,
    drafted,
    owned_customer,
    per_registration,
    percent,
    put_in_force,
    sale,
    unattributed,
)
from tests.factories.incentives import published as plan_published
from tests.factories.payouts import approved, give_account
from tests.factories.rewards import promised
from tests.factories.seasons import combined_of, season_of
from tests.factories.sessions import planned
from tests.factories.stamps import rooted, stamped
from tests.factories.stories import drafted as story_drafted
from tests.factories.stories import picture
from tests.factories.training import LessonFactory, VersionFactory, read, take
from training import authoring, learning, stories
from training.models import Assignment, CourseVersion, LessonKind
from training.scorm import tokens

HOME, RIVAL, MISSING = 110_011, 770_077, 880_088
PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)
ENROLLED = datetime(2026, 10, 20, tzinfo=UTC)


@dataclass
class Side:
    """A dealer in a region of its own, its people, and what they have."""

    number: int
    name: str
    dealer: Dealer
    store: Store
    sister: Store
    people: dict[str, Membership]
    secrets: set[str] = field(default_factory=set)  # what its customers told it
    sisters: set[str] = field(default_factory=set)  # of those, what only its second store knows
    registration: Registration | None = None
    running: int = 0  # the ownership of a customer of today
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class Network:
    """Both sides, and headquarters: a person of each of its groups, and one who may do all."""

    home: Side
    rival: Side
    hq: dict[str, User]
    shared: dict[str, str]


@contextmanager
def counting_from(number):
    """Tables count from ``number`` on; afterwards from where they would have."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences"
            " WHERE schemaname = 'public'"
        )
        before = cursor.fetchall()
        cursor.executemany("SELECT setval(%s, %s, false)", [(name, number) for name, _v in before])
        yield
        cursor.executemany("SELECT setval(%s, coalesce(%s, 1))", before)


def build() -> Network:
    """Everything that pages can show, on both sides."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    StoryFactory()
    plan_published(per_registration(), percent())
    course = course_with_files()
    session = planned(recording=ContentFile(b"video", "a.mp4"))
    hq = {
        group.name: UserFactory(name=f"总部 {group.name}", is_staff=True)
        for group in Group.objects.all()
    }
    for name, user in hq.items():
        user.groups.add(Group.objects.get(name=name))
    hq["all"] = UserFactory(name="总部", is_staff=True, is_superuser=True)
    with counting_from(HOME):
        home = side(HOME, "HOME")
    with counting_from(RIVAL):
        rival = side(RIVAL, "RIVAL")
    # A customer of each bought at the other's: both see the order, and nothing else of each other.
    for owner, seller in ((home, rival), (rival, home)):
        sale(
            owner.registration, "800.00", date(2026, 1, 20), sold_by="other", at=seller.store,
            share="0.3", external_id=f"BOTH-{owner.number}",
        )  # fmt: skip
    promise()
    run = close_period(JANUARY)
    announce_terms()
    third = StoreFactory(code="THIRD-STORE", name="第三家门店")
    version = agreement("2026-11")
    for each in (home, rival):
        finish(each, course, hq["all"])
        signed(version, each.people["owner"], name=f"{each.name} 签署人")
        cases_of(each, third)
        dispute_of(each.people["owner"], timezone.now())
        adjustments.propose(
            Wanted(each.dealer, Plan.objects.earliest("pk"), Decimal(7), f"{each.name} 调整"),
            key=each.name, by=Actor.hq(hq["all"]), at=timezone.now(),
        )  # fmt: skip
        statement = run.statements.get(dealer=each.dealer)
        files.keep_document(statement.pk, "zh-hans", "http://testserver")
    paid(run, (home, rival), hq)
    for asks, other in ((home, rival), (rival, home)):
        changing_hands(asks, other, hq["all"])
    settling.settle_due(timezone.now())
    this_week = times.monday(timezone.localdate())
    campaign = Campaign.objects.create(name="秋季", asks_for="净水器")
    shared = {
        "link": campaign_page.link(campaign, at=timezone.now()).key,
        "agreement": str(version.pk),
        "day": str(stamped(rooted()).root),
        "slug": course.course.slug,
        "month": "2026-01",
        "time": "2026-01",
        "monday": times.key(Length.WEEK, times.before(Length.WEEK, this_week)),
        "metric": "registrations",
        "combined": "all",
        "plan": "next",
        "program": "stars",
        "position": "1",
        "session": str(session.pk),
        "file": str(course.lessons.get(kind=LessonKind.FILE).pk),
        "picture": str(course.pictures.get().pk),
    }
    return Network(home, rival, hq, shared)


def paid(run: Run, sides: tuple[Side, ...], hq: dict[str, User]) -> None:
    """What both earned is on its way to their banks."""
    for each in sides:
        owner, number = each.people["owner"], f"62220202{each.number}0011"
        details = Details(f"{each.name} 户名甲", f"{each.name} 银行甲", number)
        give_account(owner, details)
        each.secrets.add(number)
        release.acknowledge(
            run.statements.get(dealer=each.dealer), by=Actor.of(owner), at=timezone.now()
        )
    BankFileColumn.objects.create(position=1, heading="账号", cell="number")
    this_month = timezone.localdate().replace(day=1)
    season_of(this_month, this_month)
    combined_of({Metric.REGISTRATIONS: 60, Metric.CONVERSION: 40}, code="all")
    budget_of(Plan.objects.earliest("pk"), "10.00", counted_at=timezone.now())
    approved(run, Actor.hq(hq["incentives"]), Actor.hq(hq["all"]))


def promise() -> None:
    """A reward for every store with some sales, held where one customer came in a burst."""
    promised(kind=RewardKind.THRESHOLD, places=None, goal=1, amounts=[Decimal(9)])
    somebody = Identity.objects.create(fingerprint=b"somebody".ljust(32))
    for store in Store.objects.filter(code__endswith="-STORE"):
        for _each in range(5):
            unattributed(store, "10.00", date(2026, 1, 21), identity=somebody)


def announce_terms() -> None:
    """A plan that starts next month, with what it would have given each dealer."""
    now = timezone.now()
    draft = drafted(
        per_registration("20.00", code="next-fee"), code="next",
        starts_on=next_month(timezone.localdate(now)),
    )  # fmt: skip
    put_in_force(draft, now)
    whatif.compute(draft.replays.get(announced=True).pk, now)


def course_with_files() -> CourseVersion:
    """A course for everybody in the network, with a file, a package and a picture."""
    draft = VersionFactory()
    LessonFactory(version=draft, position=3, sheet=True)
    LessonFactory(version=draft, position=4, packaged=True)
    draft.pictures.create(name="picture", image=ContentFile(PNG, "picture.png"))
    for role in Role.values:
        Assignment.objects.create(course=draft.course, role=role, assigned_at=ENROLLED)
    return authoring.publish(draft, by=Actor.hq(UserFactory(name="作者")), at=ENROLLED)


def side(number, name) -> Side:
    """A dealer with two stores, its people and its customers."""
    region = RegionFactory(code=f"{name}-REGION", name=f"{name} 大区甲")
    dealer = DealerFactory(
        code=f"{name}-DEALER", name=f"{name} 经销商甲", region=region, contact=f"{name} 联系人甲",
        email=f"{name}-dealer@example.com".lower(), address=f"{name} 地址甲", phone="0571-87654321",
    )  # fmt: skip
    store, sister = (
        StoreFactory(code=f"{name}-{nth}", name=f"{name} 门店 {nth}", dealer=dealer)
        for nth in ("STORE", "SISTER")
    )

    nth = count(10)

    def person(role):
        return UserFactory(
            name=f"{name} 人员 {role}", email=f"{name}.{role}@example.com".lower(),
            phone=f"+86139{number}{next(nth)}", phone_verified=True,
        )  # fmt: skip

    posts = {
        "associate": MembershipFactory(user=person("associate"), store=store),
        "store manager": MembershipFactory(
            user=person("manager"), store=store, role=Role.STORE_MANAGER
        ),
        "owner": OwnerFactory(user=person("owner"), dealer=dealer),
        "regional manager": RegionalManagerFactory(user=person("region"), region=region),
        "ended": MembershipFactory(
            user=person("former"), store=store,
            ends_at=timezone.now() - timedelta(days=1),
        ),
        "sister's": MembershipFactory(user=person("sisters"), store=sister),
    }  # fmt: skip
    made = Side(number, name, dealer, store, sister, posts)
    customers_of(made)
    return made


def customers_of(made: Side) -> None:
    """The customers of both stores, with something sealed in every field."""
    name, clerk = made.name, made.people["associate"].user

    def card(of, who):
        number = f"137{made.number}{who:02}"
        told = {
            "name": f"{name} 顾客 {who}", "wechat": f"{name}-wechat-{who}".lower(),
            "email": f"{name}.customer{who}@example.com".lower(),
        }  # fmt: skip
        made.secrets |= {number, f"{name} 备注 {who}", f"{name} 跟进 {who}", *told.values()}
        return number, told

    for who, (store, staff) in enumerate(
        [
            (made.store, clerk),
            (made.sister, made.people["sister's"].user),
            (made.store, clerk),
            (made.store, clerk),
        ]
    ):
        before = set(made.secrets)
        number, told = card(store, who)
        if who == 0:
            made.registration = registration = owned_customer(store)
            cards.write_number(registration.customer, f"+86{number}")
        else:
            at = timezone.now() - timedelta(minutes=5)
            registration = registered(store, phone=number, staff=staff, at=at)
        cards.update_card(
            registration.customer, by=Actor.of(made.people["owner"]), at=timezone.now(),
            notes=f"{name} 备注 {who}", **told,
        )  # fmt: skip
        if who == 2:
            made.running = registration.ownership_id
        if store == made.sister:
            made.sisters = (made.secrets - before) | {registration.receipt}
    # The last is undone: a void receipt, whose right number may follow.
    voids.void(
        registration, reason=VoidReason.UNDONE, by=Actor.of(made.people["associate"]),
        at=timezone.now(),
    )  # fmt: skip
    sale(made.registration, "1000.00", date(2026, 1, 5), external_id=f"{name}-ORDER")


def finish(made: Side, course, hq: User) -> None:
    """What people did: follow-ups, looks, files, invitations, a course."""
    name, posts, now = made.name, made.people, timezone.now()
    clerk, manager, owner = (posts[each] for each in ("associate", "store manager", "owner"))
    with acting(Actor.of(clerk)):
        activities.record_activity(
            made.registration.customer, kind="call", outcome="reached", note=f"{name} 跟进 0",
            follow_up_on=timezone.localdate(), by=Actor.of(clerk), at=now,
        )  # fmt: skip
    handover.hand_over({made.running}, manager, by=Actor.of(manager), at=now)
    for action in (AccessAction.EXPORT, AccessAction.LOOK_UP):
        access.note(
            action, by=Actor.of(owner), dealer_id=made.dealer.pk, fields=f"{name} 字段",
            purpose=f"{name} 用途", at=now,
        )  # fmt: skip
    made.values["look"] = str(AccessLog.objects.filter(dealer=made.dealer).latest("pk").pk)
    shared(made.dealer, by=owner.user)
    naming.say(made.store, True, by=Actor.of(owner), at=now)
    Goal.objects.create(
        dealer=made.dealer, store=made.store, metric=Metric.CONTACT, month=JANUARY,
        start=Decimal("0.1"), target=Decimal("0.9"), at=now, by=owner.user,
    )  # fmt: skip
    emergencies.ask(
        made.registration.customer_id, made.dealer.pk, reason=f"{name} 净水机召回",
        by=Actor.hq(hq), at=now,
    )  # fmt: skip
    leads_of(made, hq, now)
    extended = Ownership.objects.get(pk=made.running).customer
    extensions.ask(extended, "报价已交给顾客，等装修完成再定", by=Actor.of(owner), at=now)
    for address in ({"email": f"{name}.new@example.com".lower()}, {}):
        Invitation.objects.create(
            **address, name=f"{name} 新人", role=Role.ASSOCIATE, dealer=made.dealer,
            store=made.store, invited_by=owner.user, expires_at=now + timedelta(days=7),
        )  # fmt: skip
    Invitation.objects.create(
        email=f"{name}.owner2@example.com".lower(), name=f"{name} 新老板", role=Role.OWNER,
        dealer=made.dealer, invited_by=hq, expires_at=now + timedelta(days=7), needs_consent=True,
    )  # fmt: skip
    moved = ContactChange.objects.create(
        user=posts["associate"].user, kind=ContactKind.PHONE, new=f"+86139{made.number}99",
        changed_at=now,
    )  # fmt: skip
    made.values["signed"] = contacts.link(moved).split("/")[-2]
    for post in (owner, manager, clerk):
        export_of(made, post, now)
    upload = Upload.objects.create(
        dealer=made.dealer, membership=owner, by=owner.user, kind="registrations",
        state=UploadState.CHECKED, language="zh-hans", brought_at=now, site="http://testserver",
        problem=f"{name} 问题",
    )  # fmt: skip
    part = upload.files.create(
        number=1, name=f"{name}-file.csv", size=1, rows=1, accepted=1, rejected=1,
        problems=f"{name} 行",
    )  # fmt: skip
    part.rejected_file.save("a", ContentFile(b""), save=True)
    for post in (clerk, manager, owner, posts["regional manager"]):
        enrollment = learning.enroll(post.user, course, by=Actor.of(post), at=ENROLLED)
        read(enrollment)
        take(enrollment)
    opens = tokens.Pass(owner.user.pk, course.lessons.get(kind=LessonKind.SCORM).pk)
    made.values["package"] = tokens.give(opens, at=now)
    story = story_drafted(
        made.store, by=Actor.of(owner), title=f"{name} 故事", title_en="",
        video=ContentFile(b"video", "a.mp4"), captions=ContentFile(b"WEBVTT", "a.vtt"),
    )  # fmt: skip
    stories.add_picture(story, picture(), f"{name} 图", by=Actor.of(owner), at=now)
    made.values["story"] = str(story.pk)
    made.values["note"] = str(coached(made.store, posts["regional manager"], at=now).pk)
    view = StoreView.objects.create(
        user=posts["regional manager"].user, name=f"{name} 视图", query="view=new", at=now
    )
    made.values["kept"] = str(view.pk)
    LogEntry.objects.log_actions(hq.pk, [made.dealer], CHANGE, f"{name} 改", single_object=True)


def changing_hands(made: Side, other: Side, hq: User) -> None:
    """A customer of the other's who was asked which store they want, and the end of a dealer."""
    now, clerk, phone = timezone.now(), made.people["associate"], f"135{made.number}77"
    registered(other.store, phone=phone, at=now)
    claimed = registered(made.store, phone=phone, staff=clerk.user, at=now)
    asked = asking.ask(
        claimed, by=Actor.of(clerk), at=now, site="http://testserver", language="zh-hans"
    )
    made.values["choice"] = links.link(asked, "").split("/")[-2]
    typed, alike = (f"134{made.number}77", f"{made.name} 待确认"), f"{made.name} 同名"
    waiting = unconfirmed(clerk, phone=typed[0], name=typed[1], at=now)
    made.values["waiting"] = str(waiting.pk)
    made.values["confirm"] = confirming.link(waiting, "").split("/")[-2]
    for last in "12":
        number = f"133{made.number}7{last}"
        registered(made.store, phone=number, name=alike, staff=clerk.user, at=now)
        made.secrets |= {number}
    made.secrets |= {*typed, alike}
    offered(made.dealer, now)
    closing = plan.close_dealer(
        made.dealer, on=timezone.localdate() + timedelta(days=20), reason="x", by=Actor.hq(hq),
        at=now,
    )  # fmt: skip
    made.values["closing"] = str(closing.pk)
    # One that opened later, which its owner may close.
    new = StoreFactory(code=f"{made.name}-NEW", name=f"{made.name} 门店 NEW", dealer=made.dealer)
    made.values["new"] = new.code


def leads_of(made: Side, hq: User, now) -> None:
    """Leads in the region: accepted, waiting at each of the stores, and with the region."""
    received = []
    for nth in range(4):
        told = f"136{made.number}{nth:02}", f"{made.name} 线索 {nth}"
        made.secrets |= set(told)
        lead = Lead(source="hq", wish=f"{made.name} 需求 {nth}", region=made.dealer.region)
        by = Actor.hq(hq)
        received.append(
            leads.receive(lead, phone=told[0], name=told[1], consent=True, by=by, at=now)
        )
    queued = received.pop()
    # By turns, as each received as many: the first and the third to the first store.
    accepted, *_waiting = [offers.offer(each.pk, now) for each in received]
    offers.accept(accepted, by=Actor.of(made.people["associate"]), at=now)
    Lead.objects.filter(pk=queued.pk).update(queued_at=now)


def cases_of(made: Side, third: Store) -> None:
    """A case that takes evidence, and one that the other side's regional manager decides."""
    clerk, now = made.people["associate"], timezone.now()
    said = f"{made.name} 门店 STORE: {made.name} 人员 associate"
    case_of(clerk, third, now, story=said)
    in_review(case_of(clerk, third, now - timedelta(days=5), story=said))


def export_of(made: Side, post: Membership, now) -> None:
    """A file that was asked for in a post, done."""
    export = Export.objects.create(
        dealer=made.dealer, membership=post, title=f"{made.name} 文件", name=f"{made.name}.csv",
        language="zh-hans", rows=1, asked_at=now, fields="name",
    )  # fmt: skip
    sealed = vault.seal(vault.Row.of(export), exports.FIELD, f"{made.name} 顾客 0")
    export.file.save(str(export.pk), ContentFile(sealed), save=False)
    export.state = ExportState.DONE
    export.save()

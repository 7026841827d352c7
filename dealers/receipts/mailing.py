"""The root of a day by mail: what an owner holds from then on, whatever becomes of the portal.

Each owner gets the signed root, the one before it that it follows, the way from the own chain to it
and the receipt of that place, as lines that the verifier reads out of the mail as it was saved.
Nothing in them says what happened or to whom.
"""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from dealers import notices, outbox
from dealers.models import (
    DailyRoot,
    Membership,
    NoticeCopy,
    NoticeKind,
    Role,
    RootPath,
    SignedLink,
    StampAttempt,
)
from dealers.receipts import signing, stamping
from dealers.sending import messages

TASK = "dealers.tasks.mail_root"


def to_owners(root: DailyRoot, at: datetime) -> int:
    """Have the root mailed to all who own a dealer in it and want that; how many mails.

    In the morning of each reader, and once: asked for again, nothing more is put down.
    """
    posts = Membership.objects.current(at).filter(
        role=Role.OWNER, dealer__in=RootPath.objects.filter(root=root).values("dealer")
    )
    owned = sorted(set(posts.values_list("dealer", "user")))
    moments = notices.mailed({user for _dealer, user in owned}, NoticeKind.ROOT, at)
    puts = [
        outbox.Put(
            TASK, (str(root.day), dealer, user), f"root:{root.day}:{dealer}:{user}", moments[user]
        )
        for dealer, user in owned
        if user in moments
    ]
    outbox.add_all(puts, at=at)
    return len(puts)


def mail(day: str, dealer_id: int, user_id: int, at: datetime) -> None:
    """Mail a dealer's owner the root of a day, for a task of its own.

    Nothing goes to who has left, or has switched it off meanwhile.
    """
    posts = Membership.objects.current(at).filter(role=Role.OWNER, dealer=dealer_id, user=user_id)
    post = posts.select_related("user").first()
    address = post.user.email if post else ""
    if not (post and address and NoticeKind.ROOT in notices.copied(user_id, NoticeCopy.MAIL)):
        return
    path = RootPath.objects.select_related("root", "dealer").get(root__day=day, dealer=dealer_id)
    before = DailyRoot.objects.filter(day__lt=day).first()
    # As the root has it: what stands there now may be another one, after a restart.
    heads = SignedLink.objects.filter(dealer=path.dealer_id, seq=path.seq, hash=bytes(path.hash))
    head = heads.first()
    lines = "\n".join([*_lines(path, before, head), ""])
    stamp = stamping.stamp_of(path.root.day)
    with override(post.user.language or settings.LANGUAGE_CODE):
        sent = EmailMessage(
            _("Daily root of %(day)s") % {"day": _written(path.root)},
            "\n".join(_words(path, before, head, lines, _stamped(path.root, stamp, at))),
            to=[address],
            headers=messages.same_id("root", day, dealer_id, user_id),
        )
    sent.attach(f"root-{day}.txt", lines, "text/plain")
    if stamp:
        sent.attach(stamp.file_name, stamp.content, "application/timestamp-reply")
    sent.send()


def _lines(path: RootPath, before: DailyRoot | None, head: SignedLink | None) -> list[str]:
    """What the verifier reads: a line each."""
    roots = [before, path.root] if before else [path.root]
    return [
        *signing.key_lines(),
        *signing.restart_lines(path.dealer_id),
        *([head.line] if head else []),
        *(each.line for each in roots),
        path.line,
    ]


def _words(
    path: RootPath, before: DailyRoot | None, head: SignedLink | None, lines: str,
    stamped: list[str],
) -> list[str]:  # fmt: skip
    """What the mail says, in the reader's language."""
    opening = (
        _(
            "One fingerprint over the records of all dealers at the end of %(day)s, signed, and the"
            " way to it from place %(place)d of the chain of %(dealer)s, with the signed receipt of"
            " that place."
        )
        if head
        else _(
            "One fingerprint over the records of all dealers at the end of %(day)s, signed, and the"
            " way to it from place %(place)d of the chain of %(dealer)s. That place has no signed"
            " receipt."
        )
    )
    skipped = (path.root.day - before.day).days - 1 if before else 0
    said = [
        opening % {"day": _written(path.root), "place": path.seq, "dealer": path.dealer.name},
        "",
        _(
            "Keep this mail: nobody can change it any more. Whenever you doubt, save it or the file"
            " with it as it is, put it beside the file of your chain, and run the program that"
            " checks it: it finds out whether anything up to that place was changed since."
        ),
    ]
    if skipped:
        said += [
            "",
            ngettext(
                "The day before it has no root.",
                "The %(counter)s days before it have no root.",
                skipped,
            )
            % {"counter": skipped},
        ]
    return [
        *said,
        "",
        *stamped,
        "",
        lines,
        _("Everybody sees the same root here; ask another dealer whether theirs is the same:"),
        settings.PORTAL_ADDRESS + reverse("dealers:roots"),
        "",
        _("This mail comes every day. Whether, you choose here:"),
        settings.PORTAL_ADDRESS + reverse("dealers:notice-ways"),
    ]


def _stamped(root: DailyRoot, stamp: StampAttempt | None, at: datetime) -> list[str]:
    """Who else says that the root was there by then."""
    if stamp is None and stamping.awaited(root, at):
        return [_("Not time-stamped by anybody outside yet: look at the page of the roots later.")]
    if stamp is None:
        return [_("Time-stamped by nobody outside: when it was made, the brand alone says.")]
    if stamp.local:
        told = _(
            "Local stamp of a demo: proves nothing against the brand. It is attached as %(name)s"
            " to see what one looks like."
        )
    else:
        told = _(
            "Time-stamped on %(at)s by an authority that the brand chose and that calls itself"
            " “%(by)s”. The stamp is attached as %(name)s: save it beside this mail. With the"
            " certificates that the authority itself publishes, this checks it:"
        )
    when = formats.date_format(timezone.localtime(stamp.stamped_at), "DATETIME_FORMAT")
    parts = {"at": when, "by": stamp.stamped_by, "name": stamp.file_name}
    return [told % parts] if stamp.local else [told % parts, stamp.command]


def _written(root: DailyRoot) -> str:
    return formats.date_format(root.day, "DATE_FORMAT")

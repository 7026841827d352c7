"""Going through a package: opened, left, resumed, and what it reports meanwhile.

What comes in is a claim, whoever sends it: a script on the learner's computer can say what the
package says. So it is written down with the server's own moment, lets the learner go on once the
lesson's time is over as everywhere else, and never takes the place of the portal's own quiz.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from dealers.actor import Actor
from training import learning
from training.models import DONE, NOTHING_KEPT, Claim, Enrollment, Lesson, PackageAttempt
from training.scorm import elements, package, prerequisites
from training.scorm.manifest import OLD, Manifest

KEPT = timedelta(days=30)  # what a package keeps, after its attempt ended or its learner left
A_MINUTE = 120  # reports of one learner's package that are heard
MOST = 200  # times that somebody goes through one package
LONGEST = 2_000_000_000  # seconds that a column holds
PARTS = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?"
)
LEAVES_IT_OPEN = {"suspend", "logout"}  # what a package says that is gone on with later


class ReportRefused(Exception):
    """The message is written for the learner."""


class OpenedElsewhere(ReportRefused):
    """A newer page reports now, so this one does not any more."""


class TooMany(ReportRefused):
    """More reports than any package has: what it says is heard again a minute later."""


class Replayed(ReportRefused):
    """A report that came before, or one that says something else under its number."""


@dataclass(frozen=True)
class Report:
    """What a package said: the ``number`` of its report, from 1 on in the ``opening`` of a page."""

    opening: int
    number: int
    said: object  # values by their names, as they came in
    ended: bool = False  # whether the package has said goodbye
    part: int = 1  # which of the package's parts said it


@transaction.atomic
def begin(
    enrollment: Enrollment, lesson: Lesson, *, part: int = 1, by: Actor, at: datetime
) -> PackageAttempt:
    """Open a part of the package: where it was left, or anew once it was through or never opened.

    From then on an older page of it reports nothing any more. Each part is gone through by itself,
    in whatever order, but for what the package wants to be finished before. Raises
    learning.LessonAhead, LearningRefused for a part that is not open and for who has been through
    it 200 times, NotTheirs for another's enrollment, and PackageRefused.
    """
    # The enrollment is the queue: two pages that open it at once get one attempt.
    Enrollment.objects.select_for_update(no_key=True).get(pk=enrollment.pk)
    learning.open_lesson(enrollment, lesson, by=by, at=at)
    _refuse_closed(enrollment, lesson, part)
    attempts = PackageAttempt.objects.of(enrollment, lesson).filter(part=part)
    attempt = attempts.running().first()
    if attempt is None:
        last = attempts.order_by("number").last()
        number = 1 if last is None else last.number + 1
        if number > MOST:
            raise learning.LearningRefused(
                _("You have been through this package %(times)d times: that is enough.")
                % {"times": MOST}
            )
        return PackageAttempt.objects.create(
            enrollment=enrollment, lesson=lesson, part=part, number=number, begun_at=at
        )
    said = json.loads(attempt.said)
    for names in elements.NAMES.values():
        spent = said.pop(names["session"], "")
        said.pop(names["exit"], None)
        attempt.seconds = min(LONGEST, attempt.seconds + seconds_of(spent))
    attempt.opening, attempt.reports = attempt.opening + 1, 0
    attempt.said = json.dumps(said)
    attempt.save(update_fields=["opening", "reports", "seconds", "said"])
    return attempt


def _refuse_closed(enrollment: Enrollment, lesson: Lesson, part: int) -> None:
    opens = package.of_lesson(lesson, part).opens
    if opens is None:
        return
    finished = PackageAttempt.objects.of(enrollment, lesson).finished()
    if not prerequisites.holds(opens, finished):
        titles = [each.title for each in package.parts_of(lesson)]
        raise learning.LearningRefused(prerequisites.said(opens, titles))


def take_turn(enrollment: Enrollment, lesson: Lesson) -> None:
    """Count a report before it is looked at. Raises TooMany above 120 within a minute."""
    key = f"package:{enrollment.pk}:{lesson.pk}"
    if cache.add(key, 1, timeout=60):
        return
    try:
        count = cache.incr(key)
    except ValueError:  # the minute was over in between
        return
    if count > A_MINUTE:
        raise TooMany(
            _("The package reports more than %(count)d times a minute. It is heard again soon.")
            % {"count": A_MINUTE}
        )


@transaction.atomic
def report(
    enrollment: Enrollment,
    lesson: Lesson,
    manifest: Manifest,
    told: Report,
    *,
    by: Actor,
    at: datetime,
) -> PackageAttempt:
    """Write down what a part of the package of ``lesson`` reports at ``at``; again is the same.

    Raises OpenedElsewhere, Replayed, ReportRefused for an attempt that is over, ClaimRefused for
    what no package can say, and learning.NotTheirs for another's enrollment.
    """
    learning.refuse_others(enrollment.user_id, by)
    said = json.dumps(elements.kept(manifest.version, told.said))
    attempt = (
        PackageAttempt.objects.of(enrollment, lesson)
        .filter(part=told.part)
        .select_for_update(no_key=True)
        .order_by("number")
        .last()
    )
    if attempt is None:
        raise ReportRefused(_("Open the package before it reports anything."))
    same = (attempt.opening, attempt.reports) == (told.opening, told.number)
    if same and attempt.said == said:
        return attempt  # the answer was lost on its way, and it was sent again
    if attempt.ended_at is not None:
        raise ReportRefused(_("This attempt is over. Load the page again to begin another one."))
    if told.opening != attempt.opening:
        raise OpenedElsewhere(
            _(
                "The package was opened on another page, which reports now. Go on there, or load"
                " this page again."
            )
        )
    if told.number <= attempt.reports:
        raise Replayed(_("A later report was kept already."))
    attempt.reports, attempt.said, attempt.reported_at = told.number, said, at
    values = json.loads(said)
    attempt.claim = claimed(values, manifest, ended=told.ended)
    attempt.score = _score(values, manifest.version)
    if attempt.claim in DONE and attempt.completed_at is None:
        attempt.completed_at = at
    left_open = values.get(elements.NAMES[manifest.version]["exit"]) in LEAVES_IT_OPEN
    # Who has not come through goes on where they were, whatever the package said on leaving: many
    # say nothing, and nobody should begin anew because of that.
    if told.ended and not left_open and attempt.claim in {*DONE, Claim.FAILED}:
        attempt.ended_at = at
    attempt.save()
    return attempt


def claimed(values: Mapping[str, str], manifest: Manifest, *, ended: bool) -> Claim:
    """How a package says that its learner stands; once ``ended``, also by leaving things out.

    As the standards have it, a package that ends without a word was gone through, and one that
    gives a score where its manifest asks for one is passed or failed by that.
    """
    if manifest.version == OLD:
        status = values.get("cmi.core.lesson_status", "")
        raw = values.get("cmi.core.score.raw", "")
        if ended and manifest.mastery is not None and raw:
            return Claim.PASSED if Decimal(raw) >= manifest.mastery else Claim.FAILED
        if ended and not status:
            return Claim.COMPLETED
        return Claim(status) if status in Claim.values else Claim.INCOMPLETE
    completion = values.get("cmi.completion_status", "unknown")
    success = values.get("cmi.success_status", "unknown")
    scaled = values.get("cmi.score.scaled", "")
    if manifest.mastery is not None and scaled:
        success = "passed" if Decimal(scaled) >= manifest.mastery else "failed"
    if success == "failed":
        return Claim.FAILED
    if completion == "unknown" and (ended or success == "passed"):
        completion = "completed"
    if completion != "completed":
        return Claim.INCOMPLETE
    return Claim.PASSED if success == "passed" else Claim.COMPLETED


def _score(values: Mapping[str, str], version: str) -> Decimal | None:
    said = values.get(elements.NAMES[version]["score"], "")
    found = Decimal(said) if said else None
    return None if found is None or abs(found) >= 1000 else round(found, 4)


def seconds_of(text: str) -> int:
    """The seconds of a span of time, as either version writes it; 0 for none."""
    if ":" in text:
        clock = text.split(":")
        return int(clock[0]) * 3600 + int(clock[1]) * 60 + int(float(clock[2]))
    match = PARTS.fullmatch(text)
    if match is None:
        return 0
    years, months, days, hours, minutes, seconds = (int(each or 0) for each in match.groups())
    days += 365 * years + 30 * months
    return min(LONGEST, ((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def state(attempt: PackageAttempt, manifest: Manifest) -> dict[str, Any]:
    """What the frame of a package knows as it begins, for ``api.js``."""
    return _state(
        manifest,
        values=json.loads(attempt.said),
        # Not where what it kept was emptied: a package that resumes looks for where it was.
        resumed=attempt.reported_at is not None and attempt.said != NOTHING_KEPT,
        seconds=attempt.seconds,
        learner=_number_of(attempt.enrollment.user_id),
    )


def _number_of(user_id: int) -> str:
    """A person as packages know them: the same while the secret key is, and telling nothing."""
    return salted_hmac("training.scorm", str(user_id), algorithm="sha256").hexdigest()[:16]


def trial(manifest: Manifest) -> dict[str, Any]:
    """The same for an author who tries it, of which nothing is kept."""
    return _state(manifest, values={}, resumed=False, seconds=0, learner="preview")


def _state(
    manifest: Manifest, *, values: dict[str, str], resumed: bool, seconds: int, learner: str
) -> dict[str, Any]:
    hours, rest = divmod(seconds, 3600)
    entry = "resume" if resumed else "ab-initio"
    # Whose course it is may want a name. It gets a word: packages are made elsewhere.
    name = _("Learner")
    mastery = "" if manifest.mastery is None else str(manifest.mastery)
    given: dict[str, str]
    if manifest.version == OLD:
        given = {
            "cmi.core.student_id": learner,
            "cmi.core.student_name": name,
            "cmi.core.lesson_status": "not attempted",
            "cmi.core.credit": "credit",
            "cmi.core.lesson_mode": "normal",
            "cmi.core.entry": entry,
            "cmi.core.total_time": f"{min(hours, 9999):04}:{rest // 60:02}:{rest % 60:02}.00",
            "cmi.launch_data": manifest.launch_data,
            "cmi.student_data.mastery_score": mastery,
            "cmi.student_preference.audio": "0",
            "cmi.student_preference.speed": "0",
            "cmi.student_preference.text": "0",
        }
    else:
        given = {
            "cmi._version": "1.0",
            "cmi.learner_id": learner,
            "cmi.learner_name": name,
            "cmi.completion_status": "unknown",
            "cmi.success_status": "unknown",
            "cmi.credit": "credit",
            "cmi.mode": "normal",
            "cmi.entry": entry,
            "cmi.total_time": f"PT{hours}H{rest // 60}M{rest % 60}S",
            "cmi.learner_preference.audio_level": "1",
            "cmi.learner_preference.language": "",
            "cmi.learner_preference.delivery_speed": "1",
            "cmi.learner_preference.audio_captioning": "0",
            "adl.nav.request": "_none_",
            "adl.nav.request_valid.continue": "false",
            "adl.nav.request_valid.previous": "false",
        }
        if manifest.launch_data:
            given["cmi.launch_data"] = manifest.launch_data
        if mastery:
            given["cmi.scaled_passing_score"] = mastery
    return {
        "portal": "scorm",
        "version": manifest.version,
        "elements": elements.told(manifest.version),
        "given": given,
        "values": values,
    }


def forget(at: datetime) -> int:
    """Empty what packages kept of people and nobody needs any more; of how many attempts.

    For the worker, every day: 30 days after an attempt ended, or after somebody left the network.
    What was reported with its moments stays. An attempt is gone on with by who comes back, from the
    beginning of the package.
    """
    return PackageAttempt.objects.to_forget(at - KEPT).update(said=NOTHING_KEPT)

"""The demo's courses, and people who are somewhere in them."""

import io
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.contrib.staticfiles import finders
from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image, ImageDraw, ImageFont

from dealers.models import Membership, User
from training import authoring, learning, quiz
from training.demo_courses import COURSES, DemoCourse, DemoLesson, DemoQuestion
from training.models import (
    Assignment,
    Choice,
    Course,
    CourseVersion,
    Enrollment,
    Lesson,
    LessonKind,
    Picture,
    Progress,
    Question,
    QuestionKind,
)

MEDIA = Path(__file__).resolve().parent / "demo_media"
FONT = "fonts/NotoSansSC-Regular.ttf"

INK, SOFT, BRAND, PALE, GOLD = "#16222B", "#43525F", "#0B5A73", "#E3F1F6", "#F4B23E"


@transaction.atomic
def load(*, by: User, at: datetime) -> list[Course]:
    """Write and publish the demo's courses as of ``at``; a course that exists is left alone."""
    return [_load(course, by, at) for course in COURSES]


def _load(content: DemoCourse, by: User, at: datetime) -> Course:
    course, created = Course.objects.get_or_create(
        slug=content.slug,
        defaults={
            "title": content.title,
            "title_en": content.title_en,
            "summary": content.summary,
            "summary_en": content.summary_en,
        },
    )
    if not created:
        return course
    version = course.versions.create(number=1, pass_percent=80, retry_minutes=10)
    for name, (alt, alt_en) in content.pictures.items():
        image = ContentFile(DRAWINGS[name](), f"{name}.png")
        Picture.objects.create(version=version, name=name, image=image, alt=alt, alt_en=alt_en)
    lessons = [
        _lesson(version, position, lesson) for position, lesson in enumerate(content.lessons, 1)
    ]
    for position, question in enumerate(content.questions, 1):
        _question(version, position, question, lessons[question.lesson - 1])
    for role, required, due_days in content.roles:
        Assignment.objects.create(
            course=course, role=role, required=required, due_days=due_days, assigned_at=at
        )
    authoring.publish(version, by=by, at=at)
    return course


def _lesson(version: CourseVersion, position: int, content: DemoLesson) -> Lesson:
    lesson = Lesson(
        version=version,
        position=position,
        minutes=content.minutes,
        title=content.title,
        title_en=content.title_en,
        body=content.body,
        body_en=content.body_en,
    )
    if content.film:
        lesson.kind = LessonKind.VIDEO
        lesson.video = _media(f"{content.film}.mp4")
        lesson.captions = _media(f"{content.film}.zh.vtt")
        lesson.captions_en = _media(f"{content.film}.en.vtt")
    if content.sheet:
        lesson.kind = LessonKind.FILE
        lesson.file = ContentFile(DRAWINGS[content.sheet](), f"{content.sheet}.png")
    lesson.save()
    return lesson


def _media(name: str) -> ContentFile:
    return ContentFile((MEDIA / name).read_bytes(), name)


def _question(
    version: CourseVersion, position: int, content: DemoQuestion, lesson: Lesson
) -> Question:
    question = Question.objects.create(
        version=version,
        position=position,
        kind=QuestionKind.MULTIPLE if len(content.right) > 1 else QuestionKind.SINGLE,
        text=content.text,
        text_en=content.text_en,
        feedback=content.feedback,
        feedback_en=content.feedback_en,
        lesson=lesson,
    )
    Choice.objects.bulk_create(
        Choice(
            question=question,
            position=number,
            text=text,
            text_en=text_en,
            correct=number in content.right,
        )
        for number, (text, text_en) in enumerate(content.answers, 1)
    )
    return question


def progress(memberships: Iterable[Membership], *, seed: int, until: datetime) -> None:
    """Let people take the courses of their posts, each as far as people do, before ``until``.

    About half passed (some at the second attempt), a quarter are in the middle, the rest have not
    begun. The same ``seed`` gives the same network of learners. Who has begun already is left
    alone.
    """
    content = _Content()
    for membership in memberships:
        visible = Course.objects.visible_to(membership.user, membership).order_by("slug")
        for standing in learning.standings(membership.user, membership, visible, at=until):
            slug = standing.course.slug
            dice = random.Random(f"{seed}-{membership.pk}-{slug}")  # noqa: S311 - only a demo
            published = standing.version.published_at
            if standing.enrollment is not None or published is None or published >= until:
                continue
            luck = dice.random()
            if luck > 0.78 or (not standing.required and luck > 0.3):
                continue
            first = max(published, membership.starts_at)
            days = max(0.0, (until - first) / timedelta(days=1) - 1)
            begun = first + timedelta(days=dice.uniform(0, min(days, 45)), minutes=1)
            if begun < until - timedelta(hours=1):
                enrollment = learning.enroll(membership.user, standing.version, at=begun)
                _study(enrollment, standing.lessons, luck, dice, content)


class _Content:
    """The questions of each version, read once for all learners."""

    def __init__(self) -> None:
        self._questions: dict[int, list[Question]] = {}

    def questions(self, version: int) -> list[Question]:
        if version not in self._questions:
            rows = Question.objects.filter(version=version).prefetch_related("choices")
            self._questions[version] = list(rows.order_by("position"))
        return self._questions[version]


def _study(
    enrollment: Enrollment,
    lessons: list[Lesson],
    luck: float,
    dice: random.Random,
    content: _Content,
) -> None:
    """Read lessons and, with enough luck, take the quiz until it is passed."""
    at = enrollment.started_at
    passes = luck < 0.52
    done = len(lessons) if passes else dice.randint(0, len(lessons))
    read = []
    for lesson in lessons[: done + 1]:
        step = Progress(enrollment=enrollment, lesson=lesson, opened_at=at)
        at += timedelta(minutes=lesson.minutes)
        if lesson.position <= done:
            step.done_at = at
        elif lesson.video:
            step.seconds = dice.randint(5, 30)
        read.append(step)
    Progress.objects.bulk_create(read)
    if passes:
        questions = content.questions(enrollment.version_id)
        if luck < 0.15:
            at = _attempt(enrollment, questions, 2, at, dice) + timedelta(minutes=15)
        _attempt(enrollment, questions, 0, at, dice)


def _attempt(
    enrollment: Enrollment, questions: list[Question], wrong: int, at: datetime, dice: random.Random
) -> datetime:
    attempt = quiz.start(enrollment, at=at)
    missed = set(dice.sample(range(len(questions)), wrong))
    for index, question in enumerate(questions):
        right = [choice.pk for choice in question.choices.all() if choice.correct]
        other = [choice.pk for choice in question.choices.all() if not choice.correct]
        attempt.answers[str(question.pk)] = [dice.choice(other)] if index in missed else right
    attempt.save(update_fields=["answers"])
    at += timedelta(minutes=3)
    quiz.submit(attempt, at=at)
    return at


def _canvas(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (width, height), "#FFFFFF")
    return image, ImageDraw.Draw(image)


def _font(size: int) -> ImageFont.FreeTypeFont:
    path = finders.find(FONT)
    if path is None:
        raise FileNotFoundError(FONT)
    return ImageFont.truetype(path, size)


def _png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.quantize(64).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _protection() -> bytes:
    image, draw = _canvas(800, 300)
    draw.rounded_rectangle((40, 110, 640, 170), 12, fill=BRAND)
    draw.rounded_rectangle((640, 110, 760, 170), 12, fill=GOLD)
    draw.rectangle((620, 110, 660, 170), fill=GOLD)
    draw.rectangle((600, 110, 640, 170), fill=BRAND)
    draw.text((340, 140), "保护期 90 天", font=_font(28), fill="#FFFFFF", anchor="mm")
    draw.text((702, 140), "宽限 3 天", font=_font(22), fill=INK, anchor="mm")
    for x, above, below in (
        (40, "1月1日", "登记"),
        (640, "4月1日", "最后一天"),
        (760, "4月4日", "之后进公海"),
    ):
        draw.line((x, 96, x, 184), fill=SOFT, width=3)
        anchor = "l" if x == 40 else "r"
        draw.text((x, 70), above, font=_font(24), fill=INK, anchor=f"{anchor}m")
        draw.text((x, 214), below, font=_font(22), fill=SOFT, anchor=f"{anchor}m")
    return _png(image)


def _steps() -> bytes:
    image, draw = _canvas(800, 260)
    for index, (title, note) in enumerate(
        (("打电话", "先问，不先卖"), ("选结果", "有结果才续期"), ("写一句", "给下一位同事"))
    ):
        left = 30 + index * 256
        draw.rounded_rectangle((left, 40, left + 228, 220), 18, fill=PALE)
        draw.ellipse((left + 20, 60, left + 64, 104), fill=BRAND)
        draw.text((left + 42, 81), str(index + 1), font=_font(26), fill="#FFFFFF", anchor="mm")
        draw.text((left + 20, 140), title, font=_font(34), fill=INK, anchor="lm")
        draw.text((left + 20, 186), note, font=_font(22), fill=SOFT, anchor="lm")
    return _png(image)


def _line() -> bytes:
    image, draw = _canvas(800, 320)
    rows = (
        ("", "计佣金额", "实付 4,180.00 − 运费 200.00", "3,980.00"),
        ("×", "比例", "本月这一档", "6%"),
        ("×", "归属份额", "没有其他门店参与", "100%"),
        ("=", "本店应得", "", "¥238.80"),
    )
    for index, (mark, name, note, value) in enumerate(rows):
        top = 20 + index * 72
        last = index == len(rows) - 1
        draw.rounded_rectangle((30, top, 770, top + 64), 10, fill=PALE if last else "#F3F6F8")
        draw.text((52, top + 32), mark, font=_font(28), fill=SOFT, anchor="lm")
        draw.text((96, top + 32), name, font=_font(28), fill=INK, anchor="lm")
        draw.text((260, top + 32), note, font=_font(22), fill=SOFT, anchor="lm")
        draw.text((748, top + 32), value, font=_font(28), fill=INK, anchor="rm")
    return _png(image)


def _card() -> bytes:
    image, draw = _canvas(1240, 880)
    draw.rectangle((0, 0, 1240, 150), fill=BRAND)
    draw.text((60, 76), "登记顾客 · 话术卡", font=_font(60), fill="#FFFFFF", anchor="lm")
    rows = (
        ("开口", "“留个手机号，安装和保养都有记录，换店也查得到。”"),
        ("说明", "“只有我们店能看到完整号码，您随时可以要求删除。”"),
        ("同意", "看着顾客点头，再勾“已知悉并同意”。"),
        ("拒绝", "“没问题，您先看，想上门测量再留也不迟。”"),
        ("成功", "给顾客看凭证号，请他拍下来。"),
    )
    for index, (name, text) in enumerate(rows):
        top = 190 + index * 132
        draw.rounded_rectangle((50, top, 1190, top + 112), 16, fill=PALE)
        draw.text((90, top + 56), name, font=_font(40), fill=BRAND, anchor="lm")
        draw.text((230, top + 56), text, font=_font(36), fill=INK, anchor="lm")
    return _png(image)


DRAWINGS = {"protection": _protection, "steps": _steps, "line": _line, "card": _card}

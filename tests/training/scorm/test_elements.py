"""What is kept of what a package says: what the data model knows, and no more than fits."""

import pytest

from training.scorm import elements

OLD, NEW = "1.2", "2004"


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (OLD, {"cmi.core.lesson_status": "completed", "cmi.core.score.raw": "85.5"}),
        (OLD, {"cmi.core.score.raw": "", "cmi.core.exit": "", "cmi.suspend_data": "x" * 64_000}),
        (OLD, {"cmi.core.session_time": "0000:10:05.50", "cmi.objectives.12.id": "a"}),
        (OLD, {"cmi.suspend_data": "\0\ud800 何でも"}),
        (NEW, {"cmi.completion_status": "completed", "cmi.score.scaled": "-1.0"}),
        (NEW, {"cmi.session_time": "PT1H5M3.25S", "cmi.progress_measure": "0.5"}),
        (NEW, {"cmi.session_time": "P1DT0H", "cmi.objectives.0.score.scaled": "1"}),
        (NEW, {
            f"cmi.objectives.{n}.{name}": value
            for n in range(100)
            for name, value in {
                "id": f"O-{n}", "score.scaled": "1", "score.raw": "10", "score.min": "0",
                "score.max": "10", "success_status": "passed", "completion_status": "completed",
                "progress_measure": "1", "description": "a",
            }.items()
        }),
        (NEW, {}),
    ],
    ids=range(9),  # half a character is no name of a test
)  # fmt: skip
def test_what_the_standard_lets_it_say_is_kept(version, said):
    assert elements.kept(version, said) == said


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (OLD, []), (OLD, None), (OLD, "cmi"), (OLD, {"cmi.core.lesson_status": 1}),
        (OLD, {"cmi.core.lesson_status": "certified"}),
        (OLD, {"cmi.core.lesson_status": "not attempted"}),
        (OLD, {"cmi.core.score.raw": "101"}), (OLD, {"cmi.core.score.raw": "1e1"}),
        (OLD, {"cmi.core.score.raw": "nan"}), (OLD, {"cmi.core.score.raw": "٨٥"}),
        (OLD, {"cmi.core.student_id": "me"}), (OLD, {"cmi.core.total_time": "0001:00:00"}),
        (OLD, {"cmi.suspend_data": "x" * 64_001}), (OLD, {"cmi.completion_status": "completed"}),
        (OLD, {"cmi.suspend_data": "𠀀" * 32_001}),
        (OLD, {"cmi.core.session_time": "PT1H"}), (OLD, {"": ""}),
        (OLD, {"cmi.interactions.0.id": "a"}), (OLD, {"cmi.objectives.n.id": "a"}),
        (OLD, {f"cmi.objectives.{n}.id": "a" for n in range(1001)}),
        (NEW, {f"cmi.objectives.{n}.id": "x" * 4000 for n in range(40)}),
        (NEW, {"cmi.score.scaled": "1.01"}), (NEW, {"cmi.session_time": "P"}),
        (NEW, {"cmi.session_time": "PT"}), (NEW, {"cmi.core.lesson_status": "passed"}),
        (NEW, {"adl.nav.request": "exit"}), (NEW, {"cmi.session_time": "PT1H\n"}),
    ],
)  # fmt: skip
def test_what_no_package_can_say_is_refused(version, said):
    with pytest.raises(elements.ClaimRefused):
        elements.kept(version, said)

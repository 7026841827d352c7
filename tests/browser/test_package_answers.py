"""What the interface of SCORM answers a package in a real browser, call by call."""

import pytest
from playwright.sync_api import expect

from tests.browser.packages import opened, taught
from tests.factories.packages import packed

pytestmark = pytest.mark.django_db(transaction=True)

# What a package asks, what it is answered, and the error that stands there then.
ASKED = {
    "1.2": [
        (["LMSGetValue", "cmi.core.entry"], "", "301"),
        (["LMSInitialize", "x"], "false", "201"),
        (["LMSInitialize", ""], "true", "0"),
        (["LMSInitialize", ""], "false", "101"),
        (["LMSGetValue", "cmi.core.lesson_status"], "not attempted", "0"),
        (["LMSGetValue", "cmi.core.score.raw"], "", "0"),
        (["LMSGetValue", "cmi.core.score._children"], "raw,min,max", "0"),
        (["LMSGetValue", "cmi.core.score._count"], "", "401"),
        (["LMSGetValue", "cmi.suspend_data._count"], "", "203"),
        (["LMSGetValue", "cmi.suspend_data._children"], "", "202"),
        (["LMSGetValue", "cmi.core.exit"], "", "404"),
        (["LMSGetValue", "cmi.nothing"], "", "401"),
        (["LMSGetValue", ""], "", "201"),
        (["LMSSetValue", "cmi.core.student_id", "1"], "false", "403"),
        (["LMSSetValue", "cmi.core._children", "1"], "false", "402"),
        (["LMSSetValue", "cmi.core.lesson_status", "certified"], "false", "405"),
        (["LMSSetValue", "cmi.core.lesson_status", "not attempted"], "false", "405"),
        (["LMSSetValue", "cmi.core.score.raw", "101"], "false", "405"),
        (["LMSSetValue", "cmi.core.score.raw", 85], "true", "0"),
        (["LMSGetValue", "cmi.core.score.raw"], "85", "0"),
        (["LMSSetValue", "cmi.core.session_time", "1:00"], "false", "405"),
        (["LMSSetValue", "cmi.core.session_time", "0000:01:00"], "true", "0"),
        (["LMSSetValue", "cmi.objectives.1.id", "b"], "false", "201"),
        (["LMSSetValue", "cmi.objectives.0.id", "a"], "true", "0"),
        (["LMSSetValue", "cmi.objectives.n.id", "a"], "false", "401"),
        (["LMSGetValue", "cmi.objectives._count"], "1", "0"),
        (["LMSGetValue", "cmi.objectives.3.id"], "", "201"),
        (["LMSSetValue", "cmi.interactions.0.id", "q"], "true", "0"),
        (["LMSGetValue", "cmi.interactions.0.id"], "", "404"),
        (["LMSSetValue", "cmi.nothing", "x"], "false", "401"),
        (["LMSGetErrorString", "403"], "Element is read only", "401"),
        (["LMSCommit", ""], "true", "0"),
        (["LMSFinish", ""], "true", "0"),
        (["LMSFinish", ""], "false", "301"),
        (["LMSSetValue", "cmi.core.lesson_location", "1"], "false", "301"),
    ],
    "2004": [
        (["GetValue", "cmi.entry"], "", "122"),
        (["SetValue", "cmi.location", "1"], "false", "132"),
        (["Commit", ""], "false", "142"),
        (["Terminate", ""], "false", "112"),
        (["Initialize", ""], "true", "0"),
        (["Initialize", ""], "false", "103"),
        (["GetValue", "cmi._version"], "1.0", "0"),
        (["GetValue", "cmi.completion_status"], "unknown", "0"),
        (["GetValue", "cmi.location"], "", "403"),
        (["GetValue", "cmi.score._children"], "scaled,raw,min,max", "0"),
        (["GetValue", "cmi.location._children"], "", "301"),
        (["GetValue", "cmi.comments_from_lms._count"], "0", "0"),
        (["GetValue", "cmi.exit"], "", "405"),
        (["GetValue", "cmi.nothing"], "", "401"),
        (["GetValue", ""], "", "301"),
        (["SetValue", "", "x"], "false", "351"),
        (["SetValue", "cmi.mode", "review"], "false", "404"),
        (["SetValue", "cmi.completion_status", "done"], "false", "406"),
        (["SetValue", "cmi.score.scaled", "much"], "false", "406"),
        (["SetValue", "cmi.score.scaled", "1.5"], "false", "407"),
        (["SetValue", "cmi.score.scaled", "0.5"], "true", "0"),
        (["SetValue", "cmi.objectives.0.success_status", "passed"], "false", "408"),
        (["SetValue", "cmi.objectives.0.id", "a"], "true", "0"),
        (["SetValue", "cmi.objectives.1.id", "a"], "false", "351"),
        (["SetValue", "cmi.objectives.2.id", "c"], "false", "351"),
        (["SetValue", "cmi.objectives.0.success_status", "passed"], "true", "0"),
        (["GetValue", "cmi.objectives.5.id"], "", "301"),
        (["GetValue", "cmi.objectives._count"], "1", "0"),
        (["SetValue", "adl.nav.request", "exit"], "true", "0"),
        (["GetErrorString", "407"], "Data Model Element Value Out Of Range", "0"),
        (["Commit", "x"], "false", "201"),
        (["Commit", ""], "true", "0"),
        (["Terminate", ""], "true", "0"),
        (["Terminate", ""], "false", "113"),
        (["GetValue", "cmi.entry"], "", "123"),
        (["SetValue", "cmi.location", "1"], "false", "133"),
        (["Commit", ""], "false", "143"),
        (["Initialize", ""], "false", "104"),
    ],
}


@pytest.mark.parametrize("version", ["1.2", "2004"])
def test_a_package_is_answered_as_the_standard_says(version, clerk, browse):
    course = taught(packed(version))
    page = browse(clerk, language="en")
    frame = opened(page, course)
    expect(frame.locator("h1")).to_have_text("SCO")

    told = frame.locator("body").evaluate(
        """(_body, asked) => {
          const api = window.API ?? window.API_1484_11;
          const error = api.LMSGetLastError ?? api.GetLastError;
          return asked.map(([name, ...given]) => [api[name](...given), error()]);
        }""",
        [call for call, _answer, _error in ASKED[version]],
    )

    answered = [(call, *said) for (call, *_rest), said in zip(ASKED[version], told, strict=True)]
    assert answered == ASKED[version]
    assert (
        frame.locator("body").evaluate("() => 'API' in window && 'API_1484_11' in window") is False
    )

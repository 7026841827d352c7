"""A package as authors' tools write them, and the hand that opens it."""

from datetime import timedelta

from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from dealers.actor import Actor
from dealers.models import Role
from tests.factories.dealers import UserFactory
from tests.factories.packages import packed, several
from tests.factories.training import LessonFactory, VersionFactory
from training import authoring
from training.models import Assignment, LessonKind

# How a package finds the interface: 1.2 begins on its own window, 2004 in its parent.
FINDERS = {
    "1.2": """
        function climb(win) {
          let tries = 0;
          while (win.API == null && win.parent != null && win.parent != win) {
            if (++tries > 7) return null;
            win = win.parent;
          }
          return win.API;
        }
        let api = climb(window);
        if (api == null && window.opener != null) api = climb(window.opener);
    """,
    "2004": """
        function climb(win) {
          let tries = 0;
          while (win.API_1484_11 == null && win.parent != null && win.parent != win) {
            if (++tries > 500) return null;
            win = win.parent;
          }
          return win.API_1484_11;
        }
        let api = null;
        if (window.parent && window.parent != window) api = climb(window.parent);
        if (api == null && window.opener != null) api = climb(window.opener);
    """,
}
NAMES = {
    "1.2": {
        "begin": "LMSInitialize", "end": "LMSFinish", "get": "LMSGetValue", "set": "LMSSetValue",
        "commit": "LMSCommit", "error": "LMSGetLastError", "place": "cmi.core.lesson_location",
        "status": "cmi.core.lesson_status", "exit": "cmi.core.exit", "entry": "cmi.core.entry",
    },
    "2004": {
        "begin": "Initialize", "end": "Terminate", "get": "GetValue", "set": "SetValue",
        "commit": "Commit", "error": "GetLastError", "place": "cmi.location",
        "status": "cmi.completion_status", "exit": "cmi.exit", "entry": "cmi.entry",
    },
}  # fmt: skip
PAGE = """<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><title>SCO</title><link rel="stylesheet" href="a.css">
<script>{finder}</script></head>
<body><h1 id="place"></h1><p id="entry"></p><p id="said"></p><img src="a.svg" alt="">
<button id="next">next</button> <button id="leave">leave</button> <button id="done">done</button>
<a id="second" href="second.html">second</a>
<script src="lib/sco.js"></script></body></html>
"""
SCRIPT = """
const show = (id, text) => {{ document.getElementById(id).textContent = text; }};
const begun = api.{begin}("");
show("entry", begun + " " + api.{get}("{entry}"));
show("place", "page " + (api.{get}("{place}") || "1"));
localStorage.setItem("a", "1");
document.cookie = "a=1";
document.getElementById("next").onclick = () => {{
  api.{set}("{place}", "2");
  api.{set}("{status}", "incomplete");
  api.{set}("cmi.suspend_data", "宽\\u0000\\ud800" + "x".repeat(5000));
  show("place", "page 2");
  api.{commit}("");
}};
document.getElementById("leave").onclick = () => {{
  api.{set}("{exit}", "suspend");
  show("said", api.{end}("") + " " + api.{error}());
}};
document.getElementById("done").onclick = () => {{
  api.{set}("{status}", "completed");
  show("said", api.{end}("") + " " + api.{end}("") + " " + api.{error}());
}};
fetch("data.json").then((got) => got.json()).then((data) => show("said", data.text));
"""


def sco(version, *titles):
    """A package of one part, or of one for each title."""
    names = NAMES[version]
    page = PAGE.format(finder=FINDERS[version])
    files = {
        "index.html": page, "second.html": page, "lib/sco.js": SCRIPT.format(**names),
        "a.css": "h1 {{ color: rgb(1, 2, 3) }}".replace("{{", "{").replace("}}", "}"),
        "a.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>',
        "data.json": '{"text": "own file"}',
    }  # fmt: skip
    if titles:
        files["imsmanifest.xml"] = several(version, *titles)
        files |= {f"{n}.html": page for n in range(2, len(titles) + 1)}
    return packed(version, files)


def taught(content):
    """A course whose first lesson is a package, begun by nobody."""
    draft = VersionFactory()
    draft.lessons.all().delete()
    LessonFactory(version=draft, kind=LessonKind.SCORM, package=ContentFile(content, "package.zip"))
    LessonFactory(version=draft, position=2)
    now = timezone.now() - timedelta(days=3)
    Assignment.objects.create(course=draft.course, role=Role.ASSOCIATE, assigned_at=now)
    return authoring.publish(draft, by=Actor.hq(UserFactory()), at=now).course


def opened(page, course):
    page.goto(reverse("training:course", args=[course.slug]))
    page.get_by_role("button", name="Begin the course").click()
    return played(page)


def played(page):
    with page.expect_response("**/package/begin/"):
        page.locator("[data-begin-package]").click()
    return page.frame_locator("iframe.package")

from django.urls import path

from training.views import (
    certificates,
    completion,
    courses,
    lessons,
    packages,
    quizzes,
    sessions,
    stories,
)

app_name = "training"

urlpatterns = [
    path("training/", courses.home, name="home"),
    path("completion/", completion.completion, name="completion"),
    path("completion/remind/", completion.remind, name="remind"),
    path("lesson-files/<int:pk>/<slug:part>/", lessons.lesson_file, name="file"),
    path("lesson-packages/<str:token>/api.js", packages.package_api, name="package_api"),
    path(
        "lesson-packages/<str:token>/files/<path:name>", packages.package_file, name="package_file"
    ),
    path("lesson-pictures/<int:pk>/<slug:name>/", lessons.picture, name="picture"),
    path("stories/", stories.index, name="stories"),
    path("stories/new/", stories.new, name="story_new"),
    path("stories/<int:pk>/", stories.story, name="story"),
    path("stories/<int:pk>/edit/", stories.edit, name="story_edit"),
    path("stories/<int:pk>/parts/", stories.part, name="story_part"),
    path("stories/<int:pk>/agree/", stories.agree, name="story_agree"),
    path("stories/<int:pk>/withdraw/", stories.withdraw, name="story_withdraw"),
    path("stories/<int:pk>/pictures/<int:number>/", stories.picture, name="story_picture"),
    path("stories/<int:pk>/thanks/", stories.thank, name="story_thank"),
    path("stories/<int:pk>/<slug:part>/", stories.story_file, name="story_file"),
    path("sharing-sessions/", sessions.index, name="sessions"),
    path("sharing-sessions/attendance/", sessions.who_came, name="session_who_came"),
    path("sharing-sessions/<int:session>/", sessions.session, name="session"),
    path("sharing-sessions/<int:session>/register/", sessions.register, name="session_register"),
    path("sharing-sessions/<int:session>/leave/", sessions.leave, name="session_leave"),
    path("sharing-sessions/<int:session>/attend/", sessions.attend, name="session_attend"),
    path("sharing-sessions/<int:session>/ask/", sessions.ask, name="session_ask"),
    path("sharing-sessions/<int:session>/thanks/", sessions.thank, name="session_thank"),
    path("sharing-sessions/<int:session>/name/", sessions.name, name="session_name"),
    path("sharing-sessions/<int:session>/host/", sessions.host, name="session_host"),
    path("sharing-sessions/<int:session>/host/code/", sessions.show_code, name="session_code"),
    path(
        "sharing-sessions/<int:session>/host/<int:question>/",
        sessions.answer,
        name="session_answer",
    ),
    path("sharing-sessions/<int:session>/calendar.ics", sessions.calendar, name="session_calendar"),
    path("sharing-sessions/<int:session>/recording/", sessions.recording, name="session_recording"),
    path("training/<slug:slug>/", courses.course, name="course"),
    path("training/<slug:slug>/start/", courses.start, name="start"),
    path("training/<slug:slug>/text.html", lessons.text, name="text"),
    path("training/<slug:slug>/quiz/", quizzes.quiz, name="quiz"),
    path("training/<slug:slug>/quiz/start/", quizzes.quiz_start, name="quiz_start"),
    path("training/<slug:slug>/quiz/<int:position>/", quizzes.question, name="question"),
    path("training/<slug:slug>/practice/<int:position>/", quizzes.practice, name="practice"),
    path("training/<slug:slug>/quiz/review/", quizzes.review, name="review"),
    path("training/<slug:slug>/quiz/submit/", quizzes.submit, name="submit"),
    path("training/<slug:slug>/quiz/result/<int:number>/", quizzes.result, name="result"),
    path("training/<slug:slug>/<int:position>/", lessons.lesson, name="lesson"),
    path("training/<slug:slug>/<int:position>/finish/", lessons.finish, name="finish"),
    path("training/<slug:slug>/<int:position>/place/", lessons.place, name="place"),
    path(
        "training/<slug:slug>/<int:position>/package/begin/", packages.begin, name="package_begin"
    ),
    path(
        "training/<slug:slug>/<int:position>/package/report/",
        packages.report,
        name="package_report",
    ),
    path("certificates/<str:code>.pdf", certificates.certificate_pdf, name="certificate_pdf"),
    path("certificates/<str:code>/", certificates.certificate, name="certificate"),
    path("verify/", certificates.verify, name="verify"),
    path("verify/<str:code>/", certificates.verify, name="verify"),
]

# Who opens what, by the classes of tests/matrix/addresses.py.
opens = {
    "whoever has the link": "verify package_api package_file",
    "signed in": (
        "home stories story story_picture story_file story_thank sessions session session_register"
        " session_leave session_attend session_ask session_thank session_calendar session_recording"
    ),
    # There for the host of a session, and for the owner of who tells there, alone.
    "nobody now": "session_host session_code session_answer session_name",
    "learners": (
        "file picture course text start quiz quiz_start result lesson finish place certificate_pdf"
        " certificate practice question review submit package_begin package_report"
    ),
    "leaders": "story_new story_edit story_part",
    "owner": "story_agree story_withdraw",
    "region": "session_who_came",
    "region or training": "completion remind",
}

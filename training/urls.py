from django.urls import path

from training.views import certificates, completion, courses, lessons, quizzes, stories

app_name = "training"

urlpatterns = [
    path("training/", courses.home, name="home"),
    path("completion/", completion.completion, name="completion"),
    path("completion/remind/", completion.remind, name="remind"),
    path("lesson-files/<int:pk>/<slug:part>/", lessons.lesson_file, name="file"),
    path("lesson-pictures/<int:pk>/<slug:name>/", lessons.picture, name="picture"),
    path("stories/", stories.index, name="stories"),
    path("stories/new/", stories.new, name="story_new"),
    path("stories/<int:pk>/", stories.story, name="story"),
    path("stories/<int:pk>/edit/", stories.edit, name="story_edit"),
    path("stories/<int:pk>/parts/", stories.part, name="story_part"),
    path("stories/<int:pk>/agree/", stories.agree, name="story_agree"),
    path("stories/<int:pk>/withdraw/", stories.withdraw, name="story_withdraw"),
    path("stories/<int:pk>/pictures/<int:number>/", stories.picture, name="story_picture"),
    path("stories/<int:pk>/<slug:part>/", stories.story_file, name="story_file"),
    path("training/<slug:slug>/", courses.course, name="course"),
    path("training/<slug:slug>/start/", courses.start, name="start"),
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
    path("certificates/<str:code>.pdf", certificates.certificate_pdf, name="certificate_pdf"),
    path("certificates/<str:code>/", certificates.certificate, name="certificate"),
    path("verify/", certificates.verify, name="verify"),
    path("verify/<str:code>/", certificates.verify, name="verify"),
]

# Who opens what, by the classes of tests/matrix/addresses.py.
opens = {
    "whoever has the link": "verify",
    "signed in": "home stories story story_picture story_file",
    "learners": (
        "file picture course start quiz quiz_start result lesson finish place certificate_pdf"
        " certificate practice question review submit"
    ),
    "leaders": "story_new story_edit story_part",
    "owner": "story_agree story_withdraw",
    "region or training": "completion remind",
}

from django.urls import path

from training import views

app_name = "training"

urlpatterns = [
    path("training/", views.home, name="home"),
    path("lesson-files/<int:pk>/<slug:part>/", views.lesson_file, name="file"),
    path("lesson-pictures/<int:pk>/<slug:name>/", views.picture, name="picture"),
    path("training/<slug:slug>/", views.course, name="course"),
    path("training/<slug:slug>/start/", views.start, name="start"),
    path("training/<slug:slug>/quiz/", views.quiz, name="quiz"),
    path("training/<slug:slug>/quiz/start/", views.quiz_start, name="quiz_start"),
    path("training/<slug:slug>/quiz/<int:position>/", views.question, name="question"),
    path("training/<slug:slug>/quiz/review/", views.review, name="review"),
    path("training/<slug:slug>/quiz/submit/", views.submit, name="submit"),
    path("training/<slug:slug>/quiz/result/<int:number>/", views.result, name="result"),
    path("training/<slug:slug>/<int:position>/", views.lesson, name="lesson"),
    path("training/<slug:slug>/<int:position>/finish/", views.finish, name="finish"),
    path("training/<slug:slug>/<int:position>/place/", views.place, name="place"),
    path("certificates/<str:code>.pdf", views.certificate_pdf, name="certificate_pdf"),
    path("certificates/<str:code>/", views.certificate, name="certificate"),
    path("verify/", views.verify, name="verify"),
    path("verify/<str:code>/", views.verify, name="verify"),
]

from django.urls import path

from lorbeer.formal_check import views

app_name = "formal_check"
urlpatterns = [
    path("check/", views.check_list, name="check_list"),
    path("check/take-in/", views.entries_take_in, name="entries_take_in"),
    path("check/next/", views.check_next, name="check_next"),
    path("check/entries/<str:code>/", views.check_show, name="check_show"),
    path("check/entries/<str:code>/notice.pdf", views.notice_pdf, name="notice_pdf"),
    path("check/entries/<str:code>/notice/posted/", views.notice_posted, name="notice_posted"),
    path("check/entries/<str:code>/reopen/", views.check_reopen, name="check_reopen"),
]

"""Addresses of the installation: files, jobs, health."""

from django.urls import path

from lorbeer.shared import views

app_name = "shared"
urlpatterns: list = []
site_urlpatterns = [
    path("files/<str:code>/<path:name>", views.file_download, name="file_download"),
    path("jobs/<slug:code>/", views.job_detail, name="job_detail"),
    path("jobs/<slug:code>/stop/", views.job_stop, name="job_stop"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]

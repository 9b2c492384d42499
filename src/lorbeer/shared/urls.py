"""Addresses of the installation: files, jobs, health; language, display, role; the style guide while developing."""

from django.conf import settings
from django.urls import include, path

from lorbeer.shared import site_views, views

app_name = "shared"
urlpatterns: list = []
_site = [
    path("language/", site_views.language_set, name="language_set"),
    path("display/", site_views.theme_set, name="theme_set"),
    path("role/", site_views.role_switch, name="role_switch"),
]
if settings.DEBUG or settings.TESTING:
    _site += [
        path("styleguide/", site_views.styleguide, name="styleguide"),
        path("styleguide/<slug:page>/", site_views.styleguide, name="styleguide_page"),
    ]
site_urlpatterns = [
    path("files/<str:code>/<path:name>", views.file_download, name="file_download"),
    path("jobs/<slug:code>/", views.job_detail, name="job_detail"),
    path("jobs/<slug:code>/stop/", views.job_stop, name="job_stop"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("", include((_site, "site"))),
]

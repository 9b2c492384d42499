"""Every address of the house; each app lists its own."""

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from lorbeer.stages import APPS

urlpatterns: list[URLPattern | URLResolver] = []
if settings.DEMO:
    urlpatterns.append(path("demo/", include("lorbeer.demo.urls")))
for app in APPS:
    if find_spec(f"lorbeer.{app}.urls"):
        # An app's `urlpatterns` belong to one competition, its `site_urlpatterns` to the installation.
        module = import_module(f"lorbeer.{app}.urls")
        urlpatterns += getattr(module, "site_urlpatterns", [])
urlpatterns += [
    path("<slug:competition>/", include(f"lorbeer.{app}.urls"))
    for app in APPS
    if find_spec(f"lorbeer.{app}.urls")
]

handler400 = "lorbeer.shared.error_pages.bad_request"
handler403 = "lorbeer.shared.error_pages.permission_denied"
handler404 = "lorbeer.shared.error_pages.not_found"
handler500 = "lorbeer.shared.error_pages.server_error"

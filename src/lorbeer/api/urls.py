from django.urls import path

from lorbeer.api import views
from lorbeer.api.endpoints import ENDPOINTS
from lorbeer.api.middleware import ROOT

app_name = "api"
urlpatterns: list[object] = []                                          # nothing below a competition's own address
site_urlpatterns = [
    path("api/", views.api_reference, name="api_reference"),
    path(f"{ROOT[1:]}openapi.json", views.api_description, name="api_description"),
    *[path(f"{ROOT[1:]}{one.route}", views.answer, {"endpoint": one}, name=one.name) for one in ENDPOINTS],
    path(f"{ROOT[1:]}<path:rest>", views.answer, name="api_nowhere"),
]

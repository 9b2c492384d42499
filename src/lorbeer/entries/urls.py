from django.urls import path

from lorbeer.entries import views

app_name = "entries"
urlpatterns = [
    path("entries/", views.entry_list, name="entry_list"),
    path("entries/<slug:code>/", views.entry_show, name="entry_show"),
    path("entries/<slug:code>/bias/", views.bias_declare, name="bias_declare"),
    path("entries/<slug:code>/<slug:tab>/", views.entry_tab, name="entry_tab"),
]

from django.urls import path

from lorbeer.editions import views

app_name = "editions"
urlpatterns = [
    path("editions/", views.edition_list, name="edition_list"),
    path("editions/freeze/", views.edition_freeze, name="edition_freeze"),
    path("editions/<int:number>/", views.edition_show, name="edition_show"),
    path("editions/<int:number>/publish/", views.edition_publish, name="edition_publish"),
    path("editions/releases/", views.publication_list, name="publication_list"),
    path("editions/releases/open/", views.publication_open, name="publication_open"),
    path("editions/entries/<str:code>/withdraw/", views.consent_withdraw, name="consent_withdraw"),
    path("editions/entries/<str:code>/release/", views.entry_release, name="entry_release"),
]

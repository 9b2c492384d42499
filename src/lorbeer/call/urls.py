from django.urls import path

from lorbeer.call import register_views, views

app_name = "call"
urlpatterns = [
    path("call/", views.call_show, name="call_show"),
    path("call/phases/", views.phases_edit, name="phases_edit"),
    path("call/words/<slug:kind>/<slug:code>/", views.words_edit, name="words_edit"),
    path("call/groups/<slug:code>/rule/", views.rule_edit, name="rule_edit"),
    path("call/letters/", views.letter_list, name="letter_list"),
    path("call/letters/new/", views.letter_new, name="letter_new"),
    path("call/letters/<slug:code>/<slug:language>/", views.letter_edit, name="letter_edit"),
    path("call/letters/<slug:code>/<slug:language>/delete/", views.letter_delete, name="letter_delete"),
    path("call/package.zip", views.package_download, name="package_download"),
]
site_urlpatterns = [
    path("operator/register/", register_views.register_list, name="register_list"),
    path("operator/register/<slug:mark>/remove/", register_views.register_remove, name="register_remove"),
    path("operator/packages/", views.package_import, name="package_import"),
]

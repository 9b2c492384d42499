from django.urls import path

from lorbeer.website import sitemap, views

app_name = "website"
urlpatterns = [
    path("", views.competition_home, name="competition_home"),
    path("desk/", views.desk, name="desk"),
    path("sitemap.xml", sitemap.competition_sitemap, name="sitemap"),
    path("pages/<slug:page>/", views.page_show, name="page_show"),
    path("website/", views.page_list, name="page_list"),
    path("website/new/", views.page_new, name="page_new"),
    path("website/<slug:page>/<slug:language>/", views.page_edit, name="page_edit"),
    path("website/<slug:page>/<slug:language>/delete/", views.page_delete, name="page_delete"),
]
site_urlpatterns = [
    path("", views.home, name="home"),
    path("robots.txt", sitemap.robots, name="robots"),
    path("sitemap.xml", sitemap.sitemap, name="sitemap"),
    path("desks/", views.desk_list, name="desk_list"),
    path("imprint/", views.site_page, {"page": "imprint"}, name="imprint"),
    path("privacy/", views.site_page, {"page": "privacy"}, name="privacy"),
    path("accessibility/", views.site_page, {"page": "accessibility"}, name="accessibility"),
]

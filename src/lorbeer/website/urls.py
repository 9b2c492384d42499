from django.urls import path

from lorbeer.website import editor_views, file_views, sitemap, views

app_name = "website"
urlpatterns = [
    path("", views.competition_home, name="competition_home"),
    path("desk/", views.desk, name="desk"),
    path("sitemap.xml", sitemap.competition_sitemap, name="sitemap"),
    path("pages/<slug:page>/", views.page_show, name="page_show"),
    path("news/", views.news_list, name="news_list"),
    path("news/feed.atom", views.news_feed, name="news_feed"),
    path("news/<slug:page>/", views.news_show, name="news_show"),
    path("press/kit.zip", file_views.press_kit, name="press_kit"),
    path("website/", editor_views.page_list, name="page_list"),
    path("website/new/", editor_views.page_new, name="page_new"),
    path("website/preview/<slug:language>/", editor_views.page_preview, name="page_preview"),
    path("website/files/", file_views.file_list, name="file_list"),
    path("website/files/new/", file_views.file_new, name="file_new"),
    path("website/files/<str:file>/edit/", file_views.file_edit, name="file_edit"),
    path("website/files/<str:file>/delete/", file_views.file_delete, name="file_delete"),
    path("website/<slug:page>/<slug:language>/", editor_views.page_edit, name="page_edit"),
    path("website/<slug:page>/<slug:language>/hide/", editor_views.page_hide, name="page_hide"),
    path("website/<slug:page>/<slug:language>/arrange/", editor_views.page_arrange, name="page_arrange"),
    path("website/<slug:page>/<slug:language>/up/", editor_views.page_up, name="page_up"),
    path("website/<slug:page>/<slug:language>/down/", editor_views.page_down, name="page_down"),
    path("website/<slug:page>/<slug:language>/versions/", editor_views.page_versions, name="page_versions"),
    path("website/<slug:page>/<slug:language>/versions/<int:number>/back/", editor_views.page_bring_back, name="page_bring_back"),
    path("website/<slug:page>/<slug:language>/delete/", editor_views.page_delete, name="page_delete"),
]
site_urlpatterns = [
    path("", views.home, name="home"),
    path("robots.txt", sitemap.robots, name="robots"),
    path("sitemap.xml", sitemap.sitemap, name="sitemap"),
    path("desks/", views.desk_list, name="desk_list"),
    path("operator/", views.operator_home, name="operator_home"),
    path("imprint/", views.site_page, {"page": "imprint"}, name="imprint"),
    path("privacy/", views.site_page, {"page": "privacy"}, name="privacy"),
    path("accessibility/", views.site_page, {"page": "accessibility"}, name="accessibility"),
]

from django.urls import path

from lorbeer.documentation import views, views_check, views_word

app_name = "documentation"
urlpatterns = [
    path("book/", views.chapter_list, name="chapter_list"),
    path("book/chapters/new/", views.chapter_create, name="chapter_create"),
    path("book/chapters/<slug:code>/", views.chapter_edit, name="chapter_edit"),
    path("book/chapters/<slug:code>/preview/", views.chapter_preview, name="chapter_preview"),
    path("book/chapters/<slug:code>/replace/", views.chapter_replace, name="chapter_replace"),
    path("book/chapters/<slug:code>/up/", views.chapter_up, name="chapter_up"),
    path("book/chapters/<slug:code>/down/", views.chapter_down, name="chapter_down"),
    path("book/chapters/<slug:code>/versions/", views.chapter_versions, name="chapter_versions"),
    path("book/chapters/<slug:code>/versions/<int:number>/back/", views.chapter_bring_back, name="chapter_bring_back"),
    path("book/chapters/<slug:code>/delete/", views.chapter_delete, name="chapter_delete"),
    path("book/read/<path:name>", views.book_page, name="book_page"),
    path("book/word/", views_word.handout_list, name="handout_list"),
    path("book/word/new/", views_word.handout_create, name="handout_create"),
    path("book/word/read/", views_word.correction_create, name="correction_create"),
    path("book/word/<slug:correction>/", views_word.correction_show, name="correction_show"),
    path("book/word/<slug:correction>/close/", views_word.correction_close, name="correction_close"),
    path("book/word/<slug:correction>/chapters/<slug:code>/", views_word.correction_chapter, name="correction_chapter"),
    path("book/check/", views_check.text_check, name="text_check"),
    path("book/values/", views.value_list, name="value_list"),
    path("book/portraits/", views.portrait_list, name="portrait_list"),
    path("book/builds/", views.build_list, name="build_list"),
    path("book/builds/new/", views.build_create, name="build_create"),
    path("book/builds/<int:number>/publish/", views.build_publish, name="build_publish"),
]

from django.urls import path

from lorbeer.questionnaire import views
from lorbeer.questionnaire.editor import item_views, list_views
from lorbeer.questionnaire.editor import views as editor_views

app_name = "questionnaire"
urlpatterns = [
    path("questionnaire/", views.version_list, name="version_list"),
    path("questionnaire/import/", views.version_import, name="version_import"),
    path("questionnaire/<int:number>/", views.version_show, name="version_show"),
    path("questionnaire/<int:number>/publish/", views.version_publish, name="version_publish"),
    path("questionnaire/<int:number>/workbook.xlsx", views.version_export, name="version_export"),
    path("questionnaire/<int:number>/form.pdf", views.version_form_pdf, name="version_form_pdf"),
    path("questionnaire/<int:number>/preview/", views.version_preview, name="version_preview"),
    path("questionnaire/<int:number>/preview/<str:section>/", views.version_preview, name="section_preview"),
    path("questionnaire/editor/", editor_views.editor_show, name="editor_show"),
    path("questionnaire/editor/begin/", editor_views.editor_begin, name="editor_begin"),
    path("questionnaire/editor/undo/", editor_views.editor_undo, name="editor_undo"),
    path("questionnaire/editor/redo/", editor_views.editor_redo, name="editor_redo"),
    path("questionnaire/editor/discard/", editor_views.editor_discard, name="editor_discard"),
    path("questionnaire/editor/version/", editor_views.editor_release, name="editor_release"),
    path("questionnaire/editor/try/", editor_views.editor_try, name="editor_try"),
    path("questionnaire/editor/try/<str:section>/", editor_views.editor_try, name="editor_section"),
    path("questionnaire/editor/heading/", list_views.heading_edit, name="heading_edit"),
    path("questionnaire/editor/add/", item_views.item_add, name="item_add"),
    path("questionnaire/editor/item/<str:item>/", item_views.item_edit, name="item_edit"),
    path("questionnaire/editor/item/<str:item>/preview/", item_views.item_preview, name="item_preview"),
    path("questionnaire/editor/item/<str:item>/shift/", item_views.item_shift, name="item_shift"),
    path("questionnaire/editor/item/<str:item>/copy/", item_views.item_copy, name="item_copy"),
    path("questionnaire/editor/item/<str:item>/move/", item_views.item_move, name="item_move"),
    path("questionnaire/editor/item/<str:item>/delete/", item_views.item_delete, name="item_delete"),
    path("questionnaire/editor/lists/", list_views.options_list, name="options_list"),
    path("questionnaire/editor/lists/new/", list_views.options_add, name="options_add"),
    path("questionnaire/editor/lists/edit/<path:listing>/", list_views.options_edit, name="options_edit"),
]

from django.urls import path

from lorbeer.questionnaire import views

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
]

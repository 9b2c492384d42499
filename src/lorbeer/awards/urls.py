from django.urls import path

from lorbeer.awards import portrait_views, views

app_name = "awards"
urlpatterns = [
    path("awards/", views.result_list, name="result_list"),
    path("awards/<int:round>/approve/", views.results_approve, name="results_approve"),
    path("awards/<int:round>/announce/", views.results_announce, name="results_announce"),
    path("awards/entries/<slug:code>/", views.result_show, name="result_show"),
    path("awards/entries/<slug:code>/letter.pdf", views.letter_pdf, name="letter_pdf"),
    path("awards/entries/<slug:code>/letter/posted/", views.letter_posted, name="letter_posted"),
    path("awards/certificates/<slug:award>/", views.certificate_pdf, name="certificate_pdf"),
    path("awards/portraits/", portrait_views.portrait_list, name="portrait_list"),
    path("awards/portraits/<slug:award>/", portrait_views.portrait_write, name="portrait_write"),
    path("awards/portraits/<slug:award>/picture/", portrait_views.picture_upload, name="picture_upload"),
    path("awards/portraits/<slug:award>/sample/", portrait_views.picture_draw, name="picture_draw"),
    path("awards/portraits/<slug:award>/send/", portrait_views.portrait_send, name="portrait_send"),
    path("awards/portraits/<slug:award>/paper/", portrait_views.portrait_approve_on_paper, name="portrait_approve_on_paper"),
    path("awards/portraits/<slug:award>/proof/", portrait_views.portrait_proof, name="portrait_proof"),
    path("awards/portraits/<slug:award>/proof/approve/", portrait_views.portrait_approve, name="portrait_approve"),
]

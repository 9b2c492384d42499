from django.urls import path

from lorbeer.intake import office_views, views

app_name = "intake"
urlpatterns = [
    # the applicant
    path("apply/", views.entry_start, name="entry_start"),
    path("apply/paper.pdf", views.paper_form, name="paper_form"),
    path("apply/join/<str:token>/", views.invitation_accept, name="invitation_accept"),
    path("apply/<slug:code>/", views.entry_show, name="entry_show"),
    path("apply/<slug:code>/sections/<slug:section>/", views.section_edit, name="section_edit"),
    path("apply/<slug:code>/sections/<slug:section>/keep/", views.section_keep, name="section_keep"),
    path("apply/<slug:code>/conflicts/", views.conflict_list, name="conflict_list"),
    path("apply/<slug:code>/conflicts/settle/", views.conflict_settle, name="conflict_settle"),
    path("apply/<slug:code>/check/", views.entry_check, name="entry_check"),
    path("apply/<slug:code>/preview/", views.entry_preview, name="entry_preview"),
    path("apply/<slug:code>/preview.pdf", views.entry_preview_pdf, name="entry_preview_pdf"),
    path("apply/<slug:code>/cover.pdf", views.entry_cover, name="entry_cover"),
    path("apply/<slug:code>/submit/", views.entry_submit, name="entry_submit"),
    path("apply/<slug:code>/receipts/<slug:receipt>/", views.receipt_show, name="receipt_show"),
    path("apply/<slug:code>/receipts/<slug:receipt>.pdf", views.receipt_pdf, name="receipt_pdf"),
    path("apply/<slug:code>/withdraw/", views.entry_withdraw, name="entry_withdraw"),
    path("apply/<slug:code>/resume/", views.entry_resume, name="entry_resume"),
    path("apply/<slug:code>/people/", views.contributor_list, name="contributor_list"),
    path("apply/<slug:code>/people/<slug:person>/remove/", views.contributor_remove, name="contributor_remove"),
    path("apply/<slug:code>/people/revoke/", views.invitation_revoke, name="invitation_revoke"),
    # the file of an entry
    path("entries/<slug:code>/entry.pdf", views.entry_pdf, name="entry_pdf"),
    # the office
    path("arrivals/", office_views.arrival_list, name="arrival_list"),
    path("arrivals/new/", office_views.arrival_register, name="arrival_register"),
    path("arrivals/<slug:number>/", office_views.arrival_show, name="arrival_show"),
    path("arrivals/<slug:number>/correct/", office_views.arrival_correct, name="arrival_correct"),
    path("arrivals/<slug:number>/close/", office_views.arrival_close, name="arrival_close"),
    path("arrivals/<slug:number>/reopen/", office_views.arrival_reopen, name="arrival_reopen"),
    path("arrivals/<slug:number>/scan/", office_views.arrival_scan, name="arrival_scan"),
    path("arrivals/<slug:number>/late/", office_views.arrival_admit_late, name="arrival_admit_late"),
    path("arrivals/<slug:number>/key-in/", office_views.arrival_key_in, name="arrival_key_in"),
]

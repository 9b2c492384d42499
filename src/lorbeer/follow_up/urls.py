from django.urls import path

from lorbeer.follow_up import audit_views, views

app_name = "follow_up"
urlpatterns = [
    path("money/", views.payment_list, name="payment_list"),
    path("money/retention/", views.retention_show, name="retention_show"),
    path("money/retention/erase/", views.retention_erase, name="retention_erase"),
    path("money/<slug:award>/", views.award_show, name="award_show"),
    path("money/<slug:award>/pay/", views.payment_record, name="payment_record"),
    path("money/<slug:award>/payments/<int:number>/cancel/", views.payment_cancel, name="payment_cancel"),
    path("money/<slug:award>/report/", views.proof_send, name="proof_send"),
    path("money/<slug:award>/accept/", views.proof_accept, name="proof_accept"),
    path("money/<slug:award>/return/", views.proof_return, name="proof_return"),
    path("money/<slug:award>/reopen/", views.proof_reopen, name="proof_reopen"),
    path("money/<slug:award>/remind/", views.proof_remind, name="proof_remind"),
    path("audit/", audit_views.event_list, name="event_list"),
    path("audit/entries/<slug:code>/", audit_views.evidence_download, name="evidence_download"),
]

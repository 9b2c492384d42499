from django.urls import path

from lorbeer.jury import views

app_name = "jury"
urlpatterns = [
    path("jury/", views.meeting_list, name="meeting_list"),
    path("jury/plan/", views.meeting_plan, name="meeting_plan"),
    path("jury/members/", views.member_list, name="member_list"),
    path("jury/members/<slug:person>/dismiss/", views.member_dismiss, name="member_dismiss"),
    path("jury/<int:round>/", views.desk_show, name="desk_show"),
    path("jury/<int:round>/votes/", views.desk_votes, name="desk_votes"),
    path("jury/<int:round>/open/", views.meeting_open, name="meeting_open"),
    path("jury/<int:round>/close/", views.meeting_close, name="meeting_close"),
    path("jury/<int:round>/agenda/", views.agenda_extend, name="agenda_extend"),
    path("jury/<int:round>/add/", views.item_add, name="item_add"),
    path("jury/<int:round>/members/<slug:person>/arrive/", views.member_arrive, name="member_arrive"),
    path("jury/<int:round>/members/<slug:person>/leave/", views.member_leave, name="member_leave"),
    path("jury/<int:round>/items/<int:position>/call/", views.item_call, name="item_call"),
    path("jury/<int:round>/items/<int:position>/decide/", views.item_decide, name="item_decide"),
    path("jury/<int:round>/items/<int:position>/reopen/", views.item_reopen, name="item_reopen"),
    path("jury/<int:round>/items/<int:position>/ballots/<slug:person>/", views.ballot_record, name="ballot_record"),
    path("jury/<int:round>/items/<int:position>/urn/", views.urn_begin, name="urn_begin"),
    path("jury/<int:round>/items/<int:position>/urn/void/", views.urn_void, name="urn_void"),
    path("jury/<int:round>/ranking/<slug:group>/", views.ranking_show, name="ranking_show"),
    path("jury/<int:round>/mine/", views.mine_show, name="mine_show"),
    path("jury/<int:round>/mine/table/", views.mine_table, name="mine_table"),
    path("jury/<int:round>/mine/bias/", views.bias_declare, name="bias_declare"),
    path("jury/<int:round>/mine/dossier/", views.dossier_show, name="dossier_show"),
    path("jury/<int:round>/mine/dossier.pdf", views.dossier_pdf, name="dossier_pdf"),
    path("jury/<int:round>/mine/items/<int:position>/vote/", views.ballot_cast, name="ballot_cast"),
    path("jury/<int:round>/mine/items/<int:position>/secret/", views.secret_cast, name="secret_cast"),
    path("jury/<int:round>/mine/approval/<slug:group>/", views.approval_cast, name="approval_cast"),
    path("jury/<int:round>/mine/ranking/<slug:group>/", views.ranking_cast, name="ranking_cast"),
    path("jury/<int:round>/wall/", views.wall_show, name="wall_show"),
    path("jury/<int:round>/wall/now/", views.wall_now, name="wall_now"),
    path("jury/<int:round>/simulator/", views.simulator_show, name="simulator_show"),
    path("jury/<int:round>/minutes/", views.minutes_show, name="minutes_show"),
]

"""Addresses of the screening, below `/<competition>/`. An entry is known by its code; a vote only by its owner."""

from django.urls import path

from lorbeer.screening import views

app_name = "screening"
urlpatterns = [
    # the office: who reads what
    path("screening/assignment/", views.assignment_show, name="assignment_show"),
    path("screening/assignment/propose/", views.run_propose, name="run_propose"),
    path("screening/assignment/proposals/<slug:run>/", views.run_show, name="run_show"),
    path("screening/assignment/proposals/<slug:run>/accept/", views.run_accept, name="run_accept"),
    path("screening/assignment/proposals/<slug:run>/places.csv", views.run_export, name="run_export"),
    path("screening/assignment/proposals/<slug:run>/import/", views.run_import, name="run_import"),
    path("screening/assignment/proposals/<slug:run>/entries/<slug:code>/", views.run_entry, name="run_entry"),
    path("screening/assignment/proposals/<slug:run>/entries/<slug:code>/change/", views.run_change, name="run_change"),
    path("screening/assignment/people/", views.screener_list, name="screener_list"),
    path("screening/assignment/people/<slug:person>/", views.profile_edit, name="profile_edit"),
    path("screening/assignment/people/<slug:person>/rest/", views.rest_free, name="rest_free"),
    path("screening/assignment/pairs/add/", views.pair_add, name="pair_add"),
    path("screening/assignment/pairs/<slug:pair>/lift/", views.pair_lift, name="pair_lift"),
    path("screening/assignment/entries/<slug:code>/", views.seats_show, name="seats_show"),
    path("screening/assignment/entries/<slug:code>/bias/<slug:person>/", views.bias_record, name="bias_record"),
    path("screening/assignment/entries/<slug:code>/bias/<slug:person>/lift/", views.bias_lift, name="bias_lift"),
    path("screening/assignment/entries/<slug:code>/fill/", views.seat_fill, name="seat_fill"),
    path("screening/assignment/votes/<slug:vote>/move/", views.vote_reassign, name="vote_reassign"),
    path("screening/assignment/votes/<slug:vote>/withdraw/", views.vote_withdraw, name="vote_withdraw"),
    path("screening/assignment/people/<slug:person>/remind/", views.screener_remind, name="screener_remind"),
    path("screening/abstentions/", views.abstention_list, name="abstention_list"),
    # the screener: reading and voting
    path("screening/mine/", views.vote_list, name="vote_list"),
    path("screening/mine/<slug:code>/", views.vote_write, name="vote_write"),
    path("screening/mine/<slug:code>/open/", views.vote_open, name="vote_open"),
    path("screening/mine/<slug:code>/save/", views.vote_save, name="vote_save"),
    path("screening/mine/<slug:code>/seal/", views.vote_seal, name="vote_seal"),
    path("screening/mine/<slug:code>/bias/", views.bias_declare, name="bias_declare"),
    path("screening/mine/<slug:code>/abstain/", views.vote_abstain, name="vote_abstain"),
    path("screening/mine/<slug:code>/sheet.pdf", views.sheet_pdf, name="sheet_pdf"),
    path("screening/mine/<slug:code>/take/", views.sheet_take, name="sheet_take"),
    # the same without a network
    path("screening/offline/", views.offline_show, name="offline_show"),
    path("screening/offline/open/", views.offline_open, name="offline_open"),
    path("screening/offline/entries.pdf", views.reading_pdf, name="reading_pdf"),
    path("screening/offline/read/", views.sheet_read, name="sheet_read"),
    # everybody who may: the pair, once it is open
    path("screening/entries/<slug:code>/", views.votes_show, name="votes_show"),
    path("screening/agreement/", views.agreement_show, name="agreement_show"),
    path("screening/agreement/pairs/", views.agreement_pairs, name="agreement_pairs"),
    # joint session
    path("screening/sessions/", views.session_list, name="session_list"),
    path("screening/sessions/plan/", views.session_plan, name="session_plan"),
    path("screening/sessions/<slug:session>/", views.session_show, name="session_show"),
    path("screening/sessions/<slug:session>/move/", views.session_move, name="session_move"),
    path("screening/sessions/<slug:session>/open/", views.session_open, name="session_open"),
    path("screening/sessions/<slug:session>/refresh/", views.agenda_refresh, name="agenda_refresh"),
    path("screening/sessions/<slug:session>/confirm/", views.agreeing_confirm, name="agreeing_confirm"),
    path("screening/sessions/<slug:session>/close/", views.session_close, name="session_close"),
    path("screening/sessions/<slug:session>/items/<slug:code>/", views.item_show, name="item_show"),
    path("screening/sessions/<slug:session>/items/<slug:code>/decide/", views.item_decide, name="item_decide"),
    # expert opinions
    path("screening/opinions/", views.opinion_list, name="opinion_list"),
    path("screening/opinions/dossier/", views.dossier_build, name="dossier_build"),
    path("screening/opinions/<slug:code>/<slug:group>/<int:project>/", views.opinion_show, name="opinion_show"),
    path("screening/opinions/<slug:code>/<slug:group>/<int:project>/assign/", views.opinion_assign, name="opinion_assign"),
    path("screening/opinions/<slug:code>/<slug:group>/<int:project>/save/", views.opinion_save, name="opinion_save"),
    path("screening/opinions/<slug:code>/<slug:group>/<int:project>/return/", views.opinion_return, name="opinion_return"),
    path("screening/opinions/<slug:code>/<slug:group>/<int:project>/release/", views.opinion_release, name="opinion_release"),
    path("screening/opinions/<slug:code>/<slug:group>/<int:project>/pdf/", views.opinion_pdf, name="opinion_pdf"),
]

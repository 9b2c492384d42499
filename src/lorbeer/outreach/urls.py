from django.urls import path

from lorbeer.outreach import views

app_name = "outreach"
urlpatterns = [
    path("outreach/addresses/", views.address_list, name="address_list"),
    path("outreach/addresses/new/", views.address_new, name="address_new"),
    path("outreach/addresses/import/", views.address_import, name="address_import"),
    path("outreach/addresses/<str:code>/", views.address_edit, name="address_edit"),
    path("outreach/addresses/<str:code>/remove/", views.address_remove, name="address_remove"),
    path("outreach/addresses/<str:code>/unsubscribe/", views.address_stop, name="address_stop"),
    path("outreach/unsubscribe/<str:token>/", views.address_unsubscribe, name="address_unsubscribe"),
    path("outreach/waves/", views.wave_list, name="wave_list"),
    path("outreach/waves/new/", views.wave_new, name="wave_new"),
    path("outreach/waves/<slug:wave>/", views.wave_show, name="wave_show"),
    path("outreach/waves/<slug:wave>/edit/", views.wave_edit, name="wave_edit"),
    path("outreach/waves/<slug:wave>/test/", views.wave_test, name="wave_test"),
    path("outreach/waves/<slug:wave>/send/", views.wave_send, name="wave_send"),
    path("outreach/waves/<slug:wave>/delete/", views.wave_delete, name="wave_delete"),
    path("outreach/mails/", views.mail_list, name="mail_list"),
    path("outreach/mails/<int:number>/again/", views.mail_again, name="mail_again"),
    path("outreach/announce/", views.intent_new, name="intent_new"),
    path("outreach/announce/confirm/<str:token>/", views.intent_confirm, name="intent_confirm"),
    path("outreach/announce/<str:code>/", views.intent_done, name="intent_done"),
    path("outreach/intents/", views.intent_list, name="intent_list"),
    path("outreach/intents/new/", views.intent_note, name="intent_note"),
    path("outreach/intents/<str:code>/", views.intent_show, name="intent_show"),
    path("outreach/register/", views.register_show, name="register_show"),
    path("outreach/funnel/", views.funnel_show, name="funnel_show"),
]

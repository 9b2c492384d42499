from django.urls import path

from lorbeer.enquiries import views

app_name = "enquiries"
urlpatterns = [
    path("catalogue/<str:code>/message/", views.message_write, name="message_write"),
    path("catalogue/<str:code>/message/sent/", views.message_sent, name="message_sent"),
    path("catalogue/<str:code>/messages/switch/", views.messages_switch, name="messages_switch"),
    path("catalogue/confirm-message/<str:token>/", views.message_confirm, name="message_confirm"),
]

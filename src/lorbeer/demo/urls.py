from django.urls import path

from lorbeer.demo import views

urlpatterns = [
    path("", views.persona_list, name="persona_list"),
    path("sign-in/", views.persona_sign_in, name="persona_sign_in"),
]

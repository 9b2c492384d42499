from django.urls import include, path

from lorbeer.people import views

app_name = "people"
urlpatterns = [
    path("team/", views.team_list, name="team_list"),
    path("team/invite/", views.team_invite, name="team_invite"),
    path("team/<str:person>/<slug:kind>/take/", views.role_take, name="role_take"),
]
site_urlpatterns = [
    path("account/profile/", views.profile, name="profile"),
    path("account/invitation/<str:token>/", views.invitation_accept, name="invitation_accept"),
    path("account/", include("allauth.urls")),
]

from allauth.account import urls as allauth_urls
from allauth.account import views as allauth_views
from django.urls import include, path, register_converter

from lorbeer.people import views
from lorbeer.people.sealed import Sealed

register_converter(Sealed, "sealed")

app_name = "people"
WITH_NUMBERS = {"account_confirm_email", "account_reset_password_from_key"}
urlpatterns = [
    path("team/", views.team_list, name="team_list"),
    path("team/invite/", views.team_invite, name="team_invite"),
    path("team/invite/withdraw/", views.invitation_withdraw, name="invitation_withdraw"),
    path("team/<str:person>/<slug:kind>/take/", views.role_take, name="role_take"),
]
site_urlpatterns = [
    path("account/profile/", views.profile, name="profile"),
    path("account/invitation/<str:token>/", views.invitation_accept, name="invitation_accept"),
    # allauth writes its running numbers into these two, readable for everybody who gets a mail.
    path("account/confirm-email/<sealed:key>/", allauth_views.confirm_email, name="account_confirm_email"),
    path("account/password/reset/key/<sealed:uidb36>-<str:key>/", allauth_views.password_reset_from_key,
         name="account_reset_password_from_key"),
    path("account/", include([one for one in allauth_urls.urlpatterns if one.name not in WITH_NUMBERS])),
    path("account/2fa/", include("allauth.mfa.urls")),
]

"""Input about people, made clean."""

from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from lorbeer.people.models import Person, Role
from lorbeer.shared.fields import WrittenField
from lorbeer.shared.text import require_plain_name


class NameField(WrittenField):
    """The name by which a person is known to others."""

    def __init__(self, **options: Any) -> None:
        super().__init__(label=_("First and last name"), max_length=200, validators=[require_plain_name], **options)


def own_name() -> NameField:
    return NameField(widget=forms.TextInput(attrs={"autocomplete": "name"}))


class SignupForm(AllauthSignupForm):
    name = own_name()
    field_order = ["name", "email", "password1", "password2"]

    def try_save(self, request: HttpRequest) -> tuple[Person | None, HttpResponse | None]:
        """Whether there is an account with the address already must not be read off the clock: a password is hashed either way."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class ProfileForm(forms.ModelForm):
    name = own_name()
    language = forms.ChoiceField(label=_("Language of the pages and mails"), choices=settings.LANGUAGES)

    class Meta:
        model = Person
        fields = ["name", "language"]

    def save(self, commit: bool = True) -> Person:
        self.instance.language_chosen = self.instance.language_chosen or "language" in self.changed_data
        return super().save(commit)


class InvitationForm(forms.Form):
    """Somebody is asked to take up a role."""

    name = NameField()
    email = forms.EmailField(label=_("E-mail address"))
    kind = forms.ChoiceField(label=_("Role"))
    land_code = forms.CharField(label=_("Home Land"), max_length=2, required=False,
                                help_text=_("Two letters such as NW. Entries from this Land stay closed to screeners."))
    employer = WrittenField(label=_("Employer"), max_length=200, required=False,
                               help_text=_("Entries of the same body stay closed."))

    def __init__(self, *args: Any, kinds: list[str], **kwargs: Any) -> None:
        """`kinds`: the roles to choose from, see rules.kinds_to_offer."""
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind, Role.Kind(kind).label) for kind in kinds]  # type: ignore[attr-defined]
        if Role.Kind.SCREENER not in kinds:
            self.fields["land_code"].help_text = _("Two letters such as NW.")
        if kinds == [Role.Kind.OFFICE_LEAD]:                            # who leads judges nothing: nothing to keep closed
            self.fields["kind"].help_text = _("An operator invites the lead of the office, who gives all other roles.")
            del self.fields["land_code"], self.fields["employer"]

    def clean_land_code(self) -> str:
        code = self.cleaned_data["land_code"].upper()
        if code and code not in LAND_NAMES:
            raise forms.ValidationError(_("“%(code)s” is not a Land. Write two letters, for example NW or BY.") % {"code": code})
        return code


class AcceptanceForm(forms.Form):
    """The invited person chooses a password, unless they have an account already."""

    name = own_name()
    password = forms.CharField(label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
                               help_text=_("At least 12 characters."))

    def clean_password(self) -> str:
        from django.contrib.auth.password_validation import validate_password

        validate_password(self.cleaned_data["password"])
        return self.cleaned_data["password"]


LAND_NAMES = {
    "BB": "Brandenburg", "BE": "Berlin", "BW": "Baden-Württemberg", "BY": "Bayern", "HB": "Bremen", "HE": "Hessen",
    "HH": "Hamburg", "MV": "Mecklenburg-Vorpommern", "NI": "Niedersachsen", "NW": "Nordrhein-Westfalen",
    "RP": "Rheinland-Pfalz", "SH": "Schleswig-Holstein", "SL": "Saarland", "SN": "Sachsen", "ST": "Sachsen-Anhalt",
    "TH": "Thüringen",
}


class OtherAccountForm(forms.Form):
    """An invitation went to one address, and an account with another one opens it: that must be meant."""

    is_meant = forms.BooleanField()

    def __init__(self, *args: Any, account: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["is_meant"].label = _(
            "The invitation was sent to another address. I am meant by it; this is my account: %(account)s."
        ) % {"account": account}
        self.fields["is_meant"].error_messages["required"] = _(
            "Please confirm this, or sign in with the account to whose address the invitation was sent."
        )

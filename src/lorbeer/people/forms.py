"""Input about people, made clean."""

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from lorbeer.people.models import Person, Role


class SignupForm(AllauthSignupForm):
    name = forms.CharField(label=_("First and last name"), max_length=200,
                           widget=forms.TextInput(attrs={"autocomplete": "name"}))
    field_order = ["name", "email", "password1", "password2"]


class ProfileForm(forms.ModelForm):
    language = forms.ChoiceField(label=_("Language of the pages and mails"), choices=settings.LANGUAGES)

    class Meta:
        model = Person
        fields = ["name", "language"]
        labels = {"name": _("First and last name")}

    def save(self, commit: bool = True) -> Person:
        self.instance.language_chosen = self.instance.language_chosen or "language" in self.changed_data
        return super().save(commit)


class InvitationForm(forms.Form):
    """Somebody is asked to take up a role."""

    name = forms.CharField(label=_("First and last name"), max_length=200)
    email = forms.EmailField(label=_("E-mail address"))
    kind = forms.ChoiceField(label=_("Role"), choices=Role.Kind)
    land_code = forms.CharField(label=_("Home Land"), max_length=2, required=False,
                                help_text=_("Two letters such as NW. Entries from this Land stay closed to screeners."))
    employer = forms.CharField(label=_("Employer"), max_length=200, required=False,
                               help_text=_("Entries of the same body stay closed."))

    def clean_land_code(self) -> str:
        code = self.cleaned_data["land_code"].upper()
        if code and code not in LAND_NAMES:
            raise forms.ValidationError(_("“%(code)s” is not a Land. Write two letters, for example NW or BY.") % {"code": code})
        return code


class AcceptanceForm(forms.Form):
    """The invited person chooses a password, unless they have an account already."""

    name = forms.CharField(label=_("First and last name"), max_length=200,
                           widget=forms.TextInput(attrs={"autocomplete": "name"}))
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

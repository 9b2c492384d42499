"""Input about people, made clean."""

import re
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

ADDRESS = re.compile(r"[^\W\d].*\d.*,.*(?<!\d)\d{4,5}\s+[^\W\d]")          # what `entries.names.address_key` can compare


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


class GroundsForm(forms.Form):
    """By what a role is kept away from entries."""

    land_code = forms.ChoiceField(
        label=_("Home Land"), required=False,
        help_text=_("Closes entries from there, where the call says so; also those with a partner from there."))
    employer = WrittenField(
        label=_("Employer or municipality"), max_length=200, required=False,
        help_text=_("Closes entries of this body, also those in which it is a partner."))
    addresses = WrittenField(
        label=_("Street addresses"), max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Of the home and the employer, one a line: street and number, postcode and town. Closes entries whose applicant has the"
                    " same address; “Str.” and “Straße” are the same."))
    earlier_bodies = WrittenField(
        label=_("Earlier relations"), max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Bodies the person worked for or advised before, one a line. Closes their entries, too."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["land_code"].choices = [("", "–"), *LAND_NAMES.items()]  # type: ignore[attr-defined]

    def clean_addresses(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["addresses"].splitlines() if line.strip()]
        for line in lines:
            if not ADDRESS.search(line):
                raise forms.ValidationError(_("“%(line)s” is no whole address. Write street and number, a comma, postcode and town, for"
                                              " example: Musterstraße 5, 12345 Musterstadt.") % {"line": line})
        return "\n".join(lines)


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


class WithdrawalForm(forms.Form):
    """Which invitation is taken back."""

    email = forms.EmailField()
    kind = forms.ChoiceField(choices=Role.Kind.choices)


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

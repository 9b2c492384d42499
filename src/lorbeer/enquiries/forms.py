import unicodedata

from django import forms
from django.core.validators import MinLengthValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.shared.fields import WrittenField
from lorbeer.shared.outbox import HEAD_BREAKS, is_address
from lorbeer.shared.text import readable, require_plain_name

SHORTEST, LONGEST = 20, 4000
BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")                  # letters and signs without any ink


class MessageForm(forms.Form):
    """A message and who sends it. `topic` is left empty by people, who do not see it, and filled in by machines."""

    name = WrittenField(label=gettext_lazy("Your name"), max_length=120, validators=[require_plain_name],
                           widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(label=gettext_lazy("Your e-mail address"), max_length=254,
                             help_text=gettext_lazy("A link is sent there first. Only when you open it, the message is passed on."),
                             widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    text = WrittenField(label=gettext_lazy("Your message"), min_length=SHORTEST, max_length=LONGEST,
                           widget=forms.Textarea(attrs={"rows": 8}))
    topic = WrittenField(required=False, label=gettext_lazy("Leave this field empty"),
                            widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}))

    @property
    def is_by_machine(self) -> bool:
        return bool(str(self.data.get("topic", "")).strip())

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if HEAD_BREAKS.search(name) or readable(name) != name:
            raise forms.ValidationError(_("Please write your name on one line, in letters that can be seen."))
        return name

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if not is_address(email):
            raise forms.ValidationError(_("“%(address)s” is not an e-mail address. Please check it.") % {"address": email})
        return email

    def clean_text(self) -> str:
        text = readable(self.cleaned_data["text"])
        MinLengthValidator(SHORTEST)(_what_is_seen(text))
        return text


def _what_is_seen(text: str) -> str:
    """`text` as far as it leaves a mark on the page, with single spaces: what has no width fills no message."""
    return " ".join("".join(sign for sign in text if sign.isspace() or not _is_unseen(sign)).split())


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me") or sign in BLANKS

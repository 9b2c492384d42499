"""Input of public pages and their editors."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lorbeer.call.models import Competition
from lorbeer.shared.fields import DayField, WrittenField
from lorbeer.shared.files import clean_name
from lorbeer.shared.text import Localized, language_name, language_of, spoken_in
from lorbeer.website.models import Asset, Page
from lorbeer.website.services import LONGEST_PAGE

FILE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*\.[a-z0-9]{1,5}")


class GroupCheckForm(forms.Form):
    place = WrittenField(label=_("Your municipality"), max_length=200, required=False,
                         help_text=_("Name or official key, for example Musterstadt"))


class TextForm(forms.Form):
    """Title and text, and the version on which they were written."""

    title = WrittenField(label=_("Title"), max_length=200)
    text = WrittenField(label=_("Text"), required=False, strip=False, max_length=LONGEST_PAGE,
                        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "true"}),
                        help_text=_("Markdown: ## heading, **strong**, - list, [words](address)."))
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2_000_000_000)

    def __init__(self, *args: Any, language: str = "", **kwargs: Any) -> None:
        """`language`: in which both are, where that is known."""
        super().__init__(*args, **kwargs)
        if other := language_of(spoken_in("…", language)):              # where the page speaks another one
            for name in ("title", "text"):
                self.fields[name].widget.attrs["lang"] = other


class NewPageForm(TextForm):
    """A page that is not there yet, with its first text."""

    field_order = ["kind", "code", "language", "shown_on", "title", "text"]
    revision = None                                                     # type: ignore[assignment]
    kind = forms.ChoiceField(label=_("Kind"), choices=Page.Kind.choices, initial=Page.Kind.PAGE)
    code = forms.SlugField(label=_("Short name in the address"), max_length=60)
    language = forms.ChoiceField(label=_("Language"))
    shown_on = DayField(label=_("Day of the news"), required=False,
                        help_text=_("Before that day the public does not see it. Pages have none."))

    def __init__(self, *args: Any, competition: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            (code, language_name(code)) for code in competition.languages or ["de"]]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("kind") == Page.Kind.NEWS and not data.get("shown_on") and "shown_on" not in self.errors:
            self.add_error("shown_on", _("News needs a day."))
        if data.get("kind") == Page.Kind.PAGE:
            data["shown_on"] = None
        return data


class ArrangeForm(forms.Form):
    in_menu = forms.BooleanField(label=_("Show in the menu"), required=False)
    shown_on = DayField(label=_("Day of the news"), required=False)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == Page.Kind.NEWS:
            del self.fields["in_menu"]
            self.fields["shown_on"].required = True
        else:
            del self.fields["shown_on"]


class AssetForm(forms.Form):
    """A file with its words in every language of the call."""

    credit = WrittenField(label=_("Credit"), max_length=200, required=False,
                          help_text=_("Whose picture it is, as it must be named: © Stadt Musterstadt / A. Muster"))
    is_download = forms.BooleanField(label=_("Show among the downloads"), required=False)
    in_press_kit = forms.BooleanField(label=_("Show in the press kit"), required=False)

    WORDS = (("alternative_text", _("Alternative text (%s)"), 500), ("caption", _("Caption (%s)"), 300),
             ("title", _("Name of the download (%s)"), 200))

    def __init__(self, *args: Any, competition: Competition, asset: Asset | None = None, **kwargs: Any) -> None:
        self.languages = competition.languages or ["de"]
        if asset is not None:
            kwargs.setdefault("initial", {name: getattr(asset, name) for name in ("credit", "is_download", "in_press_kit")} | {
                f"{name}_{language}": getattr(asset, name).get(language, "")
                for name, _label, _most in self.WORDS for language in self.languages})
        super().__init__(*args, **kwargs)
        for name, label, most in self.WORDS:
            for language in self.languages:
                self.fields[f"{name}_{language}"] = WrittenField(label=label % language_name(language), max_length=most, required=False)
        self.fields["file"] = forms.FileField(
            label=_("File") if asset is None else _("Another file in its place"), required=asset is None,
            help_text=_("Picture (JPEG, PNG, WebP), PDF, Word, Excel or OpenDocument"))
        self.order_fields(["file", "name", *(f"{name}_{language}" for name, _label, _most in self.WORDS for language in self.languages),
                           "credit", "is_download", "in_press_kit"])

    @property
    def facts(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {name: data[name] for name in ("credit", "is_download", "in_press_kit")} | {
            name: Localized({language: data[f"{name}_{language}"] for language in self.languages if data[f"{name}_{language}"]})
            for name, _label, _most in self.WORDS}


class NewAssetForm(AssetForm):
    name = WrittenField(label=_("Name in the texts"), max_length=100, required=False,
                           help_text=_("Small letters and digits, for example markt.jpg. Empty: as the file is called."))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        uploaded = data.get("file")
        if uploaded is None:
            return data
        data["name"] = data.get("name") or plain_name(uploaded.name or "")
        if not FILE_NAME.fullmatch(data["name"]):
            self.add_error("name", ValidationError(_("Please use small letters, digits, - and _ with an ending: markt.jpg")))
        return data


SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def plain_name(name: str) -> str:
    """`grosser-markt.jpg` for `Großer Markt.JPG`: fit for addresses and for texts."""
    plain = clean_name(name).lower().translate(SPELLED)
    return re.sub(r"[^a-z0-9._]+", "-", plain).strip("-._")[:100]

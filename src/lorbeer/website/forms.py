"""Input of public pages and their editors."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lorbeer.shared.fields import WrittenField
from lorbeer.shared.text import language_name
from lorbeer.website.models import Page


class GroupCheckForm(forms.Form):
    place = WrittenField(label=_("Your municipality"), max_length=200, required=False,
                         help_text=_("Name or official key, for example Musterstadt"))


class PageForm(forms.ModelForm):
    class Meta:
        model = Page
        fields = ["title", "text", "position", "in_menu"]
        field_classes = {"title": WrittenField, "text": WrittenField}
        labels = {"title": _("Title"), "text": _("Text"), "position": _("Place in the menu"), "in_menu": _("Show in the menu")}
        help_texts = {"text": _("Markdown: # heading, **strong**, - list, [words](address).")}
        widgets = {"text": forms.Textarea(attrs={"rows": 18})}


class NewPageForm(PageForm):
    class Meta(PageForm.Meta):
        fields = ["code", "language", "title", "text", "position", "in_menu"]
        labels = PageForm.Meta.labels | {"code": _("Short name in the address"), "language": _("Language")}

    language = forms.ChoiceField(label=_("Language"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [                             # type: ignore[attr-defined]
            (code, language_name(code)) for code in self.instance.competition.languages or ["de"]]

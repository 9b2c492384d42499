"""Chapters, corrections, filters."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lorbeer.documentation.services import LONGEST_CHAPTER
from lorbeer.editions.models import Edition
from lorbeer.shared.documents import require_printable
from lorbeer.shared.errors import BadInput
from lorbeer.shared.fields import WrittenField


def clean_printable(text: str) -> str:
    """Text that the book's fonts can print, or an error that names what they cannot."""
    try:
        return require_printable(text)
    except BadInput as error:
        raise ValidationError(str(error)) from error


class NewChapterForm(forms.Form):
    title = WrittenField(label=_("Title of the new chapter"), max_length=300)

    def clean_title(self) -> str:
        return clean_printable(self.cleaned_data["title"])


class ChapterForm(forms.Form):
    title = WrittenField(label=_("Title"), max_length=300)
    text = WrittenField(
        label=_("Text"), required=False, strip=False, max_length=LONGEST_CHAPTER,
        widget=forms.Textarea(attrs={"rows": 34, "spellcheck": "true", "class": "book-source"}),
        help_text=_("Markdown. A number is a reference, for example {{ numbers.admitted }}; a figure from outside names its "
                    "source: [[figure|source]]."),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def clean_title(self) -> str:
        return clean_printable(self.cleaned_data["title"])

    def clean_text(self) -> str:
        return clean_printable(self.cleaned_data["text"])


class ReplacementForm(forms.Form):
    line = forms.IntegerField(min_value=1)
    column = forms.IntegerField(min_value=0)
    old = forms.CharField(max_length=500, strip=False)
    new = forms.CharField(max_length=500, strip=False)


class ValueFilter(forms.Form):
    q = WrittenField(label=_("Search values"), required=False, max_length=100,
                     help_text=_("Name, number or words, for example: tab2 kreisfrei"))


class BuildForm(forms.Form):
    edition = forms.ModelChoiceField(Edition.objects.none(), label=_("Edition"), empty_label=None)

    def __init__(self, *args: object, editions: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["edition"]
        field.queryset = editions  # type: ignore[attr-defined]
        field.label_from_instance = lambda edition: _("Edition %(number)s") % {"number": edition.number}  # type: ignore[attr-defined]

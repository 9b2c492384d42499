"""Chapters, corrections, filters."""

from collections.abc import Iterable

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from lorbeer.documentation.services import LONGEST_CHAPTER
from lorbeer.editions.models import Edition
from lorbeer.shared import files
from lorbeer.shared.documents import require_printable
from lorbeer.shared.errors import BadInput
from lorbeer.shared.fields import WrittenField
from lorbeer.shared.templatetags.formats import long_day

LARGEST_CHECKED_MB = 20


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


def edition_name(edition: Edition) -> str:
    """With whether the public reads it: a text for the press is held against what everybody can look up."""
    words = _("Edition %(number)s of %(day)s, published") if edition.is_published else _("Edition %(number)s of %(day)s, not public")
    return words % {"number": edition.number, "day": long_day(edition.frozen_at)}


class BuildForm(forms.Form):
    edition = forms.ModelChoiceField(Edition.objects.none(), label=_("Edition"), empty_label=None)

    def __init__(self, *args: object, editions: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["edition"]
        field.queryset = editions  # type: ignore[attr-defined]
        field.label_from_instance = edition_name  # type: ignore[attr-defined]


class HandoutForm(forms.Form):
    chapters = forms.MultipleChoiceField(label=_("Chapters"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: object, chapters: Iterable[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["chapters"].choices = list(chapters)  # type: ignore[attr-defined]


class ReturnForm(forms.Form):
    document = forms.FileField(
        label=_("Corrected document"), widget=forms.ClearableFileInput(attrs={"accept": ".docx"}),
        help_text=_("The .docx that was given out here, with its corrections. At most 50 MB."))


class TakeInForm(forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput)
    change = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: object, keys: Iterable[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["change"].choices = [(key, key) for key in keys]  # type: ignore[attr-defined]


class TextCheckForm(forms.Form):
    edition = forms.ModelChoiceField(Edition.objects.none(), label=_("Edition"), empty_label=None, required=False)
    text = WrittenField(
        label=_("Text"), required=False, max_length=LONGEST_CHAPTER, strip=False,
        widget=forms.Textarea(attrs={"rows": 12}), help_text=_("Paste it here, or send a file below."))
    document = forms.FileField(
        label=_("File"), required=False, widget=forms.ClearableFileInput(attrs={"accept": ".docx,.odt,.pdf,.md,.txt"}),
        help_text=_("Word, OpenDocument, PDF, Markdown or plain text, at most 20 MB."))

    def __init__(self, *args: object, editions: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["edition"]
        field.queryset = editions  # type: ignore[attr-defined]
        field.label_from_instance = edition_name  # type: ignore[attr-defined]

    def clean_document(self) -> UploadedFile | None:
        uploaded: UploadedFile | None = self.cleaned_data["document"]
        if uploaded is None:
            return None
        try:
            name = files.clean_name(uploaded.name or "")
            files.check_upload(uploaded, ("document", "pdf"), limit_mb=LARGEST_CHECKED_MB, name=name)
        except BadInput as error:
            raise ValidationError(str(error)) from error
        uploaded.seek(0)
        return uploaded

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("document") and not str(cleaned.get("text") or "").strip():
            self.add_error("text", _("There is nothing to check yet. Paste a text, or choose a file."))
        return cleaned

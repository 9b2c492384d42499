"""Input at the desk about scans: a stack, where it is divided, and to which entry or letter a part belongs."""

import re
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from lorbeer.call.models import Competition
from lorbeer.intake import findings
from lorbeer.intake.forms import ArrivalForm
from lorbeer.intake.models import Arrival, Channel, ScanPart
from lorbeer.shared.fields import WrittenField
from lorbeer.shared.text import house_language, written_in


class StackForm(forms.Form):
    scan = forms.FileField(label=gettext_lazy("Scans of several letters"), help_text=gettext_lazy(
        "One PDF. Each letter begins with its cover sheet; put an empty form's cover sheet on top of those that have none."),
        widget=forms.ClearableFileInput({"accept": ".pdf"}))


class CodeForm(forms.Form):
    """What somebody reads off a cover sheet. The check word shows that there is a sheet: a draft is opened by nothing less."""

    code = WrittenField(label=gettext_lazy("Code of the entry"), max_length=20, widget=forms.TextInput({"autocomplete": "off"}))
    word = WrittenField(label=gettext_lazy("Check word"), max_length=12, widget=forms.TextInput({"autocomplete": "off"}))

    def __init__(self, *args: Any, competition: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.competition, self.entry = competition, None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        code, word = cleaned.get("code") or "", cleaned.get("word") or ""
        if not self.errors and (code or word):
            self.entry = findings.typed(self.competition, code, word)
            if self.entry is None:
                self.add_error("code", _("Code and check word do not fit each other, or there is no such entry here. Please compare "
                                         "both with the cover sheet."))
        return cleaned


class PartForm(ArrivalForm):
    """Pages of a stack as a letter. `code` and `word` where the scan's own code could not be read."""

    code = WrittenField(label=gettext_lazy("Code of the entry"), max_length=20, required=False,
                        help_text=gettext_lazy("Only where the letter has a cover sheet that could not be read."))
    word = WrittenField(label=gettext_lazy("Check word"), max_length=12, required=False)

    def __init__(self, *args: Any, finding: findings.Finding, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entry = finding.entry if finding.is_certain else None
        del self.fields["scan"], self.fields["channel"], self.fields["sent_from"]
        if self.entry is not None:
            del self.fields["code"], self.fields["word"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        code, word = cleaned.get("code") or "", cleaned.get("word") or ""
        if code or word:
            self.entry = findings.typed(self.competition, code, word)
            if self.entry is None:
                self.add_error("code", _("Code and check word do not fit each other, or there is no such entry here. Please compare "
                                         "both with the cover sheet."))
        return cleaned


class DivideForm(forms.Form):
    """On which pages of a part a new letter begins."""

    begins = WrittenField(label=gettext_lazy("A new letter begins on page"), max_length=2000)

    def __init__(self, *args: Any, part: ScanPart, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"part-{part.position}-%s", **kwargs)
        self.part = part
        facts = {"first": part.first_page + 1, "last": part.last_page}
        self.fields["begins"].help_text = (
            _("Only page %(last)d can be one.") if facts["first"] == facts["last"] else
            _("From %(first)d to %(last)d, several with commas between them.")) % facts

    def clean_begins(self) -> list[int]:
        words = self.cleaned_data["begins"].replace(";", ",").replace(",", " ").split()
        pages = [int(word) for word in words if re.fullmatch(r"[0-9]{1,6}", word)]
        if len(pages) != len(words) or not all(self.part.first_page < page <= self.part.last_page for page in pages):
            facts = {"first": self.part.first_page + 1, "last": self.part.last_page}
            raise forms.ValidationError((
                _("Please enter %(last)d: no other page is there on which a letter could begin.") if facts["first"] == facts["last"] else
                _("Please enter numbers of pages from %(first)d to %(last)d, with commas between them.")) % facts)
        return pages


class PartOfArrivalForm(forms.Form):
    """The letter was registered when it came; those that have no scan yet stand first."""

    arrival = forms.ModelChoiceField(label=gettext_lazy("Registered letter"), queryset=Arrival.objects.none(), to_field_name="number",
                                     empty_label=gettext_lazy("Please choose"))

    def __init__(self, *args: Any, competition: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["arrival"]
        has_scan = Exists(Arrival.files.through.objects.filter(arrival=OuterRef("pk")))
        field.queryset = Arrival.objects.filter(competition=competition, channel=Channel.POST, closed_at=None).annotate(
            has_scan=has_scan).order_by("has_scan", "-arrived_at", "-pk")
        with override(house_language(competition.first_language)):      # an option is in one language, and its title in that of the call
            has_scan_word = _("a scan is there")
        field.label_from_instance = lambda one: written_in(competition, " · ".join(filter(None, [
            one.number, one.sender, one.subject, has_scan_word if one.has_scan else ""])))

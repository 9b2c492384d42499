from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lorbeer.shared.fields import WrittenField
from lorbeer.shared.text import localized
from lorbeer.statistics.definitions import TableSpec

ROWS = {
    "group": _("Award group"), "land": _("Land"), "legal_status": _("Legal status"), "size_class": _("Size"),
    "awarded": _("Award"), "round": _("Round"),
}
OF_REGISTER = ("land", "legal_status", "size_class")                    # rows that only the register of municipalities can fill


class ExploreForm(forms.Form):
    """What a table asks: GET, so that its address can be passed on."""

    question = forms.ChoiceField(label=_("Question"))
    rows = forms.ChoiceField(label=_("Rows"), required=False, initial="group",
                             help_text=_("Questions with several answers have their answers as rows."))
    only = forms.ChoiceField(label=_("Only entries with"), required=False)
    no_answer = forms.ChoiceField(label=_("No answer"), required=False, choices=[
        ("count", _("counts as an answer")), ("leave", _("leaves the base"))])
    order = forms.ChoiceField(label=_("Order"), required=False, choices=[
        ("questionnaire", _("as in the questionnaire")), ("count", _("the most frequent first"))])
    least = forms.IntegerField(label=_("Show cells from"), min_value=0, max_value=50, required=False, initial=3,
                               help_text=_("Smaller counts are not shown, so that no single entry can be told. 0 shows all."))

    def __init__(
        self, *args: Any, codebook: list[dict[str, Any]], labels: dict[str, dict[str, Any]], of_register: bool, **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        rows = {name: label for name, label in ROWS.items() if of_register or name not in OF_REGISTER}
        self.fields["rows"].choices = list(rows.items())  # type: ignore[attr-defined]
        questions: dict[str, str] = {}
        self.several: set[str] = set()
        for variable in codebook:
            if variable["choice"] or variable["values"]:
                questions.setdefault(variable["question"], str(localized(variable["label"])))
            if variable["choice"]:
                self.several.add(variable["question"])
        self.fields["question"].choices = [(name, f"{name}: {label}") for name, label in questions.items()]  # type: ignore[attr-defined]
        self.fields["only"].choices = [("", _("all"))] + [  # type: ignore[attr-defined]
            (str(ROWS[name]), [(f"{name}={value}", str(localized(label))) for value, label in values.items()])
            for name, values in labels.items() if name in rows
        ]

    def definition(self) -> dict[str, Any]:
        """The table as it is stored, see TableSpec."""
        data = self.cleaned_data
        name, _sign, value = data["only"].partition("=")
        return {
            "question": data["question"], "kind": "choices" if data["question"] in self.several else "cross",
            "rows": data["rows"] or "group", "filter": {name: [value]} if value else {}, "no_answer": data["no_answer"] != "leave",
            "order": data["order"] or "questionnaire", "least": 3 if data["least"] is None else data["least"],
        }

    def spec(self, title: str = "") -> TableSpec:
        return TableSpec.from_json("", 0, localized(title), self.definition())

    @property
    def question_label(self) -> str:
        return dict(self.fields["question"].choices)[self.cleaned_data["question"]].partition(": ")[2]  # type: ignore[attr-defined]


class KeepForm(forms.Form):
    title = WrittenField(label=_("Title of the table"), max_length=300)

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lorbeer.call.models import Competition
from lorbeer.shared.fields import WrittenField
from lorbeer.shared.text import Localized, call_language, language_name, language_of, localized, spoken_in
from lorbeer.statistics.definitions import LEAST, TableSpec

ROWS = {
    "group": _("Award group"), "land": _("Land"), "legal_status": _("Legal status"), "size_class": _("Size"),
    "awarded": _("Award"), "round": _("Round"),
}
SHARE_WORDS = {"row": _("of each row"), "column": _("of each column"), "total": _("of the whole table")}
OF_REGISTER = ("land", "legal_status", "size_class")                    # rows that only the register of municipalities can fill
QUESTIONS = ("question", "second", "third")                             # tables side by side
FILTERS = ("only", "also", "besides")


class ExploreForm(forms.Form):
    """What tables ask: GET, so that its address can be passed on."""

    question = forms.ChoiceField(label=_("Question"))
    second = forms.ChoiceField(label=_("Beside it"), required=False)
    third = forms.ChoiceField(label=_("And beside that"), required=False)
    rows = forms.ChoiceField(label=_("Rows"), required=False, initial="group")
    only = forms.ChoiceField(label=_("Only entries with"), required=False)
    also = forms.ChoiceField(label=_("and with"), required=False)
    besides = forms.ChoiceField(label=_("and with"), required=False, help_text=_(
        "Two answers to one question: entries with either of them. Answers to different questions, or two options of which several could be "
        "chosen: entries with both."))
    no_answer = forms.ChoiceField(label=_("No answer"), required=False, choices=[
        ("count", _("counts as an answer")), ("leave", _("leaves the base"))])
    order = forms.ChoiceField(label=_("Order"), required=False, choices=[
        ("questionnaire", _("as in the questionnaire")), ("count", _("the most frequent first"))])
    shares = forms.ChoiceField(label=_("Percentages"), required=False, choices=list(SHARE_WORDS.items()),
                               help_text=_("Of questions with several answers they are always of the entries."))
    least = forms.IntegerField(label=_("Show cells from"), min_value=0, max_value=50, required=False, initial=LEAST,
                               help_text=_("Smaller counts are not shown, so that no single entry can be told. 0 shows all."))
    least.asked_for_by_button = True  # type: ignore[attr-defined]        # it always says something: an address without it means LEAST

    def __init__(
        self, *args: Any, codebook: list[dict[str, Any]], labels: dict[str, dict[str, Any]], of_register: bool, **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        rows = {name: label for name, label in ROWS.items() if of_register or name not in OF_REGISTER}
        questions: dict[str, str] = {}
        self.several: set[str] = set()
        self.labels: dict[str, Localized] = {}
        answers: list[tuple[str, list[tuple[str, str]]]] = []
        single: list[tuple[str, str]] = []
        for variable in codebook:
            label, name = str(localized(variable["label"])), variable["name"]
            if variable["choice"] or variable["values"]:
                questions.setdefault(variable["question"], _named(variable["question"], label))
                self.labels.setdefault(variable["question"], localized(variable["label"]))
            if variable["choice"]:
                self.several.add(variable["question"])
                answers.append((label, [(f"{name}=1", str(localized(variable["choice_label"])))]))
            elif variable["values"]:
                single.append((name, _named(variable["question"], label)))
                answers.append((label, [(f"{name}={value}", str(localized(words))) for value, words in variable["values"].items()]))
        for name in QUESTIONS:
            self._choices(name, ([] if name == "question" else [("", _("no other table"))]) + list(questions.items()))
        self._choices("rows", [
            (_("What an entry is"), [("", _("all entries together (of questions with several answers)")), *rows.items()]),
            (_("Answers to a question"), single)])
        entry_is = [(str(ROWS[name]), [(f"{name}={value}", str(localized(label))) for value, label in values.items()])
                    for name, values in labels.items() if name in rows]
        for name in FILTERS:
            self._choices(name, [("", _("all")), *entry_is, *_joined(answers)])

    def _choices(self, name: str, choices: list[Any]) -> None:
        self.fields[name].choices = choices                             # type: ignore[attr-defined]

    def definition(self, question: str) -> dict[str, Any]:
        """The table of `question` as it is stored, see TableSpec."""
        data = self.cleaned_data
        condition: dict[str, list[str]] = {}
        for field in FILTERS:
            name, _sign, value = data[field].partition("=")
            if value and value not in condition.setdefault(name, []):
                condition[name].append(value)
        return {
            "question": question, "kind": "choices" if question in self.several and not data["rows"] else "cross",
            "rows": data["rows"] or "group", "filter": condition, "no_answer": data["no_answer"] != "leave",
            "order": data["order"] or "questionnaire", "least": LEAST if data["least"] is None else data["least"],
            "shares": "row" if question in self.several else data["shares"] or "row",
        }

    def specs(self) -> list[TableSpec]:
        """The tables that stand side by side, each question once."""
        asked = dict.fromkeys(self.cleaned_data[name] for name in QUESTIONS if self.cleaned_data[name])
        return [TableSpec.from_json("", 0, self.labels[one], self.definition(one)) for one in asked]

    def asked(self, question: str) -> Iterator[tuple[str, str]]:
        """What the form asks of `question` alone, as it stands in an address."""
        yield "question", question
        for name in self.fields:
            if name not in QUESTIONS and self.data.get(name):
                yield name, self.data[name]


def _named(question: str, label: str) -> str:
    """A question by its name, which is no word, and its label: an option is in one language."""
    return spoken_in(f"{question}: {label}", language_of(label))


def _joined(groups: list[tuple[str, list[tuple[str, str]]]]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of the same name as one: each option of a question with several answers comes by itself."""
    found: dict[str, list[tuple[str, str]]] = {}
    for label, options in groups:
        found.setdefault(label, []).extend(options)
    return list(found.items())


class SharesForm(forms.Form):
    """What readers may ask of a kept table: of what its percentages are. It tells nothing that is not shown already."""

    shares = forms.ChoiceField(choices=list(SHARE_WORDS.items()), required=False)


class KeepForm(forms.Form):
    """The title of a kept table in every language of the call; the reader's is needed."""

    title = WrittenField(label=_("Title of the table"), max_length=300)

    def __init__(self, *args: Any, place: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = call_language()
        self.others = [one for one in place.languages if one != self.own]
        for one in self.others:
            self.fields[f"title_{one}"] = WrittenField(
                label=_("Title of the table (%(language)s)") % {"language": language_name(one)}, max_length=300, required=False)

    @property
    def titles(self) -> dict[str, str]:
        data = self.cleaned_data
        return {self.own: data["title"]} | {one: data[f"title_{one}"] for one in self.others if data[f"title_{one}"]}

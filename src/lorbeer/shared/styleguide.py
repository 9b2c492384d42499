"""What the living style guide shows: every component once, with sample facts."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest

from lorbeer.shared import clock
from lorbeer.shared.desk import Task
from lorbeer.shared.lists import Column, ListForm, build
from lorbeer.shared.verdicts import Verdict


class SampleFilter(ListForm):
    q = forms.CharField(label="Suche", widget=forms.TextInput(attrs={"type": "search"}))
    group = forms.ChoiceField(label="Gruppe", choices=[("", "alle"), ("stadt", "kreisfreie Städte")])

    def narrow(self, rows: Any) -> Any:
        word = self.cleaned_data["q"].lower()
        return [row for row in rows if word in row["title"].lower()]


class SampleForm(forms.Form):
    title = forms.CharField(label="Titel des Beitrags", help_text="So, wie er in der Dokumentation steht.", max_length=120)
    abstract = forms.CharField(label="Kurzfassung", widget=forms.Textarea, max_length=1500)
    population = forms.IntegerField(label="Einwohnerinnen und Einwohner", required=False)
    email = forms.EmailField(label="E-Mail")
    begun_on = forms.DateField(label="Beginn")
    group = forms.ChoiceField(label="Gruppe", choices=[("", "Bitte wählen"), ("a", "kreisfreie Städte"), ("b", "Landkreise")])
    fields_of_action = forms.MultipleChoiceField(
        label="Handlungsfelder", choices=[("1", "Wohnen"), ("2", "Sprache und Bildung"), ("3", "Nachbarschaft")],
        widget=forms.CheckboxSelectMultiple, help_text="Mehrere sind möglich.",
    )
    channel = forms.ChoiceField(
        label="Eingang", choices=[("online", "online"), ("mail", "E-Mail"), ("post", "Post")], widget=forms.RadioSelect
    )
    file = forms.FileField(label="Darstellung als PDF", help_text="Höchstens 10 MB.", required=False)
    agreed = forms.BooleanField(label="Wir sind mit der Veröffentlichung einverstanden.")


class SampleEntry:
    code, title, applicant, state = "K7QD4X-M", "Ankommen im Quartier", "Stadt Musterstadt", "admitted"
    group = "kreisangehörige Kommunen"


class SamplePhase:
    round = 1

    def __init__(self, kind: str, starts_at: Any, ends_at: Any) -> None:
        self.kind, self.starts_at, self.ends_at = kind, starts_at, ends_at


class SampleCompetition:
    code, time_zone, is_sample, sample_note = "muster", "Europe/Berlin", True, ""
    sponsor = "Musterministerium des Innern"

    def __init__(self) -> None:
        now = clock.now()
        kinds = ["call", "letters", "entries", "check", "screening", "jury", "announced", "book", "follow_up"]
        self.schedule = tuple(
            SamplePhase(kind, now + timedelta(days=40 * (i - 4) - 20), now + timedelta(days=40 * (i - 3) - 21))
            for i, kind in enumerate(kinds)
        )

    def __str__(self) -> str:
        return "Zusammenleben Hand in Hand"


STATES = ["draft", "submitted", "admitted", "inadmissible", "screened", "proposed", "not_proposed", "awarded", "not_awarded",
          "withdrawn"]
COLUMNS = [
    Column("code", "Kennung", kind="code", url=lambda row: "#" + row["code"]),
    Column("title", "Titel", sort="title"), Column("applicant", "Kommune", sort="applicant"),
    Column("population", "Einwohner", kind="number", sort="population"),
    Column("prize", "Preisgeld", kind="money", sort="prize"), Column("state", "Stand", kind="state", sort="state"),
]


def rows() -> list[dict[str, Any]]:
    return [
        {"code": f"K7QD4{i:02d}-M", "title": title, "applicant": f"Stadt Musterstadt {i + 1}", "population": 12345 * (i + 1),
         "prize": 2500000 if i % 3 == 0 else None, "state": STATES[i % len(STATES)]}
        for i, title in enumerate(["Ankommen im Quartier", "Sprachbrücke", "Gemeinsam wohnen", "Integrationslotsen",
                                   "Nachbarschaftsgarten", "Haus der Begegnung", "Vereine öffnen sich"] * 9)
    ]


def facts(request: HttpRequest) -> dict[str, Any]:
    """Context of the index page."""
    now = clock.now()
    competition = SampleCompetition()
    wrong = SampleForm({"title": "Ankommen", "abstract": "Kurz.", "email": "kein"})
    return {
        "guide_competition": competition, "competition": competition, "entry": SampleEntry(),
        "role": {"kind": "office", "label": "Wettbewerbsbüro", "tone": "office"},
        "role_choices": [{"kind": "office", "label": "Wettbewerbsbüro", "tone": "office", "current": True},
                         {"kind": "juror", "label": "Jury", "tone": "juror", "current": False}],
        "navigation": [
            {"label": "Heute", "url": "#heute", "current": "page"},
            {"label": "Beiträge", "current": False, "links": [
                {"label": label, "url": f"#{label}", "current": ""} for label in ("Alle Beiträge", "Eingang", "Formale Prüfung")]},
            *[{"label": label, "url": f"#{label}", "current": ""} for label in ("Vorprüfung", "Jury", "Ergebnisse", "Buch")],
        ],
        "breadcrumb": [("Heute", "#"), ("Beiträge", "#"), ("Ankommen im Quartier", "")],
        "tasks": [
            Task("Unzustellbare Mail: Adresse berichtigen", "#1", now - timedelta(days=2), "Stadt Musterstadt, Vorzimmer"),
            Task("Beiträge formal prüfen", "#2", now + timedelta(days=3), "93 von 146 sind geprüft", 53),
            Task("Verspäteten Eingang entscheiden", "#3", now + timedelta(hours=3)),
            Task("Kurzgutachten freigeben", "#4", now + timedelta(days=24), "", 4),
        ],
        "states": STATES, "form": wrong, "empty_form": SampleForm(),
        "listing": build(request, rows(), COLUMNS, form=SampleFilter, order="title", per_page=8, name="muster"),
        "verdict": Verdict("Voten sind versiegelt, bis das zweite abgegeben ist."), "now": now,
        "soon": now + timedelta(days=3), "late": now - timedelta(days=2),
        "facts_sample": [("Kommune", "Stadt Musterstadt"), ("Rechtsstatus", "kreisangehörig"), ("Einwohner", "23.410"),
                         ("Land", "Nordrhein-Westfalen"), ("Partner", None)],
        "tab_items": [{"label": "Inhalt", "url": "#", "current": True}, {"label": "Projekte", "url": "#", "count": 2},
                      {"label": "Verlauf", "url": "#"}, {"label": "Vorprüfung", "url": "#"}],
        "sections": [
            {"label": "Angaben zur Kommune", "url": "#", "state": "complete", "note": "vollständig"},
            {"label": "Standardfragen", "url": "#", "state": "current", "note": "2 Antworten fehlen"},
            {"label": "Kurzfassung", "url": "#", "state": "open", "note": "1.204 von 1.500 Zeichen"},
            {"label": "Einreichen", "state": "blocked", "note": "erst, wenn alles vollständig ist"},
        ],
        "events": [
            {"at": now - timedelta(days=9), "title": "Eingereicht", "by": "A. Beispiel", "tone": "info"},
            {"at": now - timedelta(days=4), "title": "Zugelassen", "by": "B. Muster", "tone": "success",
             "text": "Alle Unterlagen liegen vor."},
        ],
        "funnel": [{"label": "angeschrieben", "value": 11200, "url": "#"},
                   {"label": "Absichtserklärungen", "value": 402, "url": "#"},
                   {"label": "eingegangen", "value": 146, "url": "#"}, {"label": "zugelassen", "value": 142, "url": "#"}],
        "bars": [{"label": "A. Beispiel", "value": 12, "text": "12 von 36", "url": "#"},
                 {"label": "B. Muster", "value": 30, "text": "30 von 36"},
                 {"label": "C. Probe", "value": 4, "text": "4 von 36", "tone": "warning"}],
        "parts": [("kreisfreie Städte", 44), ("kreisangehörige Kommunen", 74), ("Landkreise", 24)],
        "days": {date(2017, 12, 1) + timedelta(days=i): n for i, n in
                 enumerate([0, 1, 0, 2, 1, 0, 0, 3, 2, 1, 4, 2, 0, 5, 3, 2, 6, 8, 5, 4, 9, 7, 3, 2, 1, 0, 8, 12, 17, 21, 17])},
        "deadline_day": date(2017, 12, 31),
        "groups": [("Mo", 4), ("Di", 9), ("Mi", 2), ("Do", 7), ("Fr", 5)],
        "matrix_columns": ["A. B.", "C. D.", "E. F.", "G. H."],
        "matrix_rows": [("A. B.", [None, 3, 8, 1]), ("C. D.", [3, None, 0, 5]),
                        ("E. F.", [8, 0, None, 2]), ("G. H.", [1, 5, 2, None])],
        "numbers": [{"value": "146", "label": "Beiträge eingegangen", "url": "#"},
                    {"value": "142", "label": "zugelassen"},
                    {"value": "21", "label": "Preise"}, {"value": "465.000 €", "label": "vergeben", "note": "von 1.000.000 €"}],
        "markdown_text": "## Thema\n\nWie gelingt **Zusammenleben**?\n\n- in der Nachbarschaft\n"
                         "- im [Verein](https://example.org)\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    }


KEPT = [{"name": "title", "label": "title", "value": "Ankommen im Quartier", "long": False},
        {"name": "abstract", "label": "abstract", "value": "Seit 2015 treffen sich …\n" * 4, "long": True}]
PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "public": ("styleguide/public.html", {}),
    "print": ("styleguide/print.html", {}),
    "confirm": ("confirm.html", {
        "title": "Votum abgeben und versiegeln", "consequences": ["Ihr Votum kann danach nicht mehr geändert werden."],
        "button_label": "Votum abgeben und versiegeln", "cancel_url": "#", "danger": True}),
    "refused": ("errors/refused.html", {"status": 403, "reason": "Voten sind versiegelt, bis das zweite abgegeben ist."}),
    "csrf": ("errors/csrf.html", {"status": 403, "fields": KEPT, "again": True, "path": "/styleguide/"}),
    "database": ("errors/database.html", {"status": 503, "fields": KEPT, "again": True, "method": "POST"}),
    "session": ("errors/session.html", {"status": 403, "fields": KEPT, "again": False, "sign_in_url": "#"}),
    "missing": ("errors/not_found.html", {"status": 404}),
}

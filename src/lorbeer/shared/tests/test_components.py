import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation

from lorbeer.shared import clock, navigation, phases
from lorbeer.shared.desk import Task
from lorbeer.shared.templatetags import figures
from lorbeer.shared.verdicts import ALLOWED, Verdict

NOW = datetime(2017, 12, 19, 11, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def german():
    with translation.override("de"), clock.at(NOW):
        yield


def show(source, **facts):
    return Template(source).render(Context(facts))


def test_a_misspelt_argument_fails_as_the_template_loads():
    with pytest.raises(TemplateSyntaxError):
        Template('{% panel titel="x" %}{% endpanel %}')


def test_an_unknown_tone_is_refused():
    with pytest.raises(TemplateSyntaxError, match="No tone"):
        show('{% panel tone="pink" %}{% endpanel %}')


@pytest.mark.parametrize("source", [
    "{% panel title=x %}{{ x }}{% endpanel %}", "{% card title=x meta=x %}{% endcard %}", "{% badge x %}", "{% facts pairs %}",
    "{% button x %}", "{% alert title=x %}{% endalert %}", '{% figure_bars rows x %}', "{% tabs rows %}",
    "{% task_list rows %}",
    "{% figure_matrix cols matrix x %}", "{% empty_state title=x %}{% endempty_state %}", "{% state x %}",
    "{% figure_stacked rows x %}",
])
def test_what_somebody_typed_is_never_markup(source):
    x = "<i>x</i>"
    html = show(source, x=x, pairs=[(x, x)], rows=[{"label": x, "value": 1, "url": "#"}], cols=[x], matrix=[(x, [1])])
    assert x not in html
    assert "&lt;i&gt;x" in html


def test_what_is_forbidden_is_shown_with_its_reason_and_cannot_be_pressed():
    html = show('{% act "Ansehen" "/votes/" verdict %}', verdict=Verdict("Erst das eigene Votum."))
    assert "Erst das eigene Votum." in html
    assert "disabled" in html
    assert "/votes/" not in html
    assert 'href="/votes/"' in show('{% act "Ansehen" "/votes/" verdict %}', verdict=ALLOWED)


def test_tasks_say_how_much_time_is_left():
    html = show("{% task_list tasks %}", tasks=[
        Task("alt", "/a/", NOW - timedelta(days=2)), Task("bald", "/b/", NOW + timedelta(days=3)), Task("ohne", "/c/"),
    ])
    assert "l-task--late" in html
    assert "überfällig" in html
    assert "in 3 Tagen" in html


def test_a_bar_is_full_that_has_come_to_its_own_sum():
    html = show("{% figure_bars rows 't' %}", rows=[{"label": "a", "value": 7, "of": 7}, {"label": "b", "value": 8, "of": 16}])
    assert re.findall(r'class="l-mark" width="([\d.]+)"', html) == ["100", "50"]


def test_marks_are_written_with_a_point_in_german():
    html = show("{% figure_bars rows 't' %}", rows=[("a", 1), ("b", 3)])
    assert 'width="33.333"' in html


def test_each_state_of_an_entry_has_a_word_a_sign_and_the_signs_differ():
    from lorbeer.entries.models import State
    from lorbeer.shared.templatetags.components import STATES

    assert {str(state) for state in State} <= set(STATES)
    signs = [STATES[str(state)][2] for state in State]
    assert len(set(signs)) == len(signs)
    assert [str(STATES[str(state)][0]) for state in State][:2] == ["Entwurf", "eingereicht"]


class SampleForm(forms.Form):
    title = forms.CharField(label="Titel", help_text="kurz")
    on = forms.DateField(label="Tag")
    boxes = forms.MultipleChoiceField(label="Felder", choices=[("a", "A"), ("b", "B")], widget=forms.CheckboxSelectMultiple)
    text = forms.CharField(label="Text", widget=forms.Textarea, max_length=1500, required=False)


def test_a_field_names_its_hint_and_its_error_to_those_who_do_not_see():
    html = show("{% form_field form.title %}", form=SampleForm({}))
    assert 'aria-describedby="id_title_hint id_title_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_title_error"' in html
    assert 'id="id_title_hint"' in html


def test_days_are_native_inputs_with_iso_values_in_german_too():
    html = show("{% form_field form.on %}", form=SampleForm({"on": "2017-12-31"}))
    assert 'type="date"' in html
    assert 'value="2017-12-31"' in html
    from datetime import date

    assert 'value="2017-12-31"' in show("{% form_field form.on %}", form=SampleForm(initial={"on": date(2017, 12, 31)}))


def test_the_summary_of_faults_leads_to_each_field():
    html = show("{% form_errors form %}", form=SampleForm({}))
    for target in ("#id_title", "#id_on", "#id_boxes_0"):
        assert f'href="{target}"' in html
    assert "#id_text" not in html
    assert show("{% form_errors form %}", form=SampleForm()) == ""


def test_the_summary_says_that_typed_words_stay_and_files_do_not():
    class Upload(forms.Form):
        scan = forms.FileField()
        note = forms.CharField()

    class OnlyFile(forms.Form):
        scan = forms.FileField()

    sent = {"scan": SimpleUploadedFile("brief.pdf", b"x")}
    said = [show("{% form_errors form %}", form=form) for form in (Upload({}, sent), Upload({}), OnlyFile({}), SampleForm({}))]
    assert ["noch einmal aus" in html for html in said] == [True, False, False, False]
    assert ["ist noch da" in html for html in said] == [True, True, False, True]


class Phase:
    def __init__(self, kind, starts, ends, round=1):
        at = lambda day: None if day is None else NOW + timedelta(days=day)  # noqa: E731
        self.kind, self.starts_at, self.ends_at, self.round = kind, at(starts), at(ends), round


@pytest.mark.parametrize(("given", "places"), [
    ([Phase("call", -90, -60), Phase("entries", -60, 12), Phase("jury", 93, 93)], ["past", "now", "ahead"]),
    ([Phase("call", -90, None), Phase("entries", -60, 12)], ["past", "now"]),
    ([Phase("call", 5, 9), Phase("entries", 10, 12)], ["ahead", "ahead"]),
    ([Phase("call", -9, -5), Phase("entries", 10, 12)], ["past", "ahead"]),         # between two phases
    ([Phase("call", -9, -5), Phase("entries", -5, -2), Phase("book", None, None)], ["past", "past", "ahead"]),
    ([Phase("announced", -5, None), Phase("book", -9, -2)], ["past", "past"]),      # on one day, and the last is over
    ([Phase("announced", 0, None), Phase("book", 5, None)], ["now", "ahead"]),
    ([Phase("announced", -1, None), Phase("book", -1, None)], ["past", "now"]),
    ([Phase("call", -400, -300), Phase("call", -9, 9, round=2), Phase("jury", 20, 30, round=2)], ["now", "ahead"]),
])
def test_the_phase_bar_knows_todays_place(given, places):
    assert [step.place for step in phases.steps(given)] == places


def test_the_phase_bar_says_of_which_side_its_dates_are():
    given = [Phase("call", -9, -5), Phase("entries", -5, 9), Phase("check", None, 20), Phase("jury", 30, 31)]
    html = show("{% phase_bar competition %}", competition=SimpleNamespace(schedule=given))
    assert [words.split()[0] for words in re.findall(r'l-phase__date">([^<]+)<', html)][1:] == ["bis", "bis", "ab"]


def test_between_two_phases_the_line_on_top_says_that_the_last_is_over():
    between, within = ([Phase("call", -9, -5), Phase("entries", starts, 12)] for starts in (10, -1))
    assert [show("{% phase_word competition %}", competition=SimpleNamespace(schedule=given)) for given in (between, within, [])] == [
        "Auslobung: vorbei", "Bewerbung", ""]


def test_the_last_second_of_a_phase_lies_in_it_and_the_next_does_not():
    phase = Phase("entries", -9, 0)
    moments = [NOW + timedelta(milliseconds=given) for given in (-1, 999, 1000)]
    assert [phases.place_in_time(phase, [phase], moment) for moment in moments] == ["now", "now", "past"]


def test_the_phase_bar_of_a_page_about_a_round_shows_that_round():
    given = [Phase("call", -400, -300), Phase("jury", -2, 2), Phase("call", -9, 9, round=2)]
    assert [step.place for step in phases.steps(given, round=1)] == ["past", "now"]
    assert [step.place for step in phases.steps(given, round=2)] == ["now"]


@pytest.mark.parametrize(("given", "rounds"), [
    ([Phase("entries", -60, -30), Phase("jury", -9, -9), Phase("announced", -5, None), Phase("follow_up", -5, 90),
      Phase("entries", -30, -9, round=2), Phase("jury", 0, 6, round=2), Phase("entries", -3, 60, round=3), Phase("call", 90, 99, round=4)],
     [2, 3]),
    ([Phase("entries", -60, -30), Phase("announced", 3, None)], [1]),
    ([Phase("entries", -60, -30), Phase("announced", -3, None), Phase("follow_up", -3, 90)], [1]),          # the last one stays
    ([Phase("entries", 5, 30)], [1]),
])
def test_without_a_round_of_its_own_a_page_shows_each_round_that_is_on_its_way(given, rounds):
    assert phases.running_rounds(given) == rounds
    html = show("{% phase_bar competition %}", competition=SimpleNamespace(schedule=given))
    named = [number for number in range(1, 5) if f">Runde {number}<" in html]
    assert named == (rounds if len({phase.round for phase in given}) > 1 else [])
    assert html.count("<nav") == len(rounds)


def test_one_sees_the_navigation_of_ones_role_alone(monkeypatch):
    monkeypatch.setattr(navigation, "_items", {})
    for label, roles in (("Prüfung", {"office"}), ("Jurysitzung", {"juror"}), ("Datenbank", {"public"})):
        navigation.register(navigation.Item(label, f"x:{label}", roles=roles, stage="jury"))

    assert [item.label for item in navigation.items_for("office")] == ["Prüfung"]
    assert [item.label for item in navigation.items_for("juror")] == ["Jurysitzung"]
    assert [item.label for item in navigation.items_for("public")] == ["Datenbank"]


def test_navigation_follows_the_stages(monkeypatch):
    monkeypatch.setattr(navigation, "_items", {})
    for label, stage in (("Jury", "jury"), ("Eingang", "intake"), ("Vorprüfung", "screening")):
        navigation.register(navigation.Item(label, f"x:{label}", roles={"office"}, stage=stage))
    assert [item.label for item in navigation.items_for("office")] == ["Eingang", "Vorprüfung", "Jury"]


def test_a_long_menu_is_folded_and_a_short_one_is_not(monkeypatch, rf):
    monkeypatch.setattr(navigation, "_items", {})
    request = rf.get("/")
    request.resolver_match = None
    for number, stage in enumerate(["call", "questionnaire", "jury", *["screening"] * 6]):
        roles = {"office", f"only-{number}"} | ({"juror"} if number < navigation.MOST_IN_A_ROW else set())
        navigation.register(navigation.Item(str(number), "home", roles=roles, stage=stage))

    folded = navigation.menu_for("office", request, None)
    assert [(str(one["label"]), len(one.get("links", ()))) for one in folded] == [("Auslobung", 2), ("Vorprüfung", 6), ("2", 0)]
    assert len(navigation.menu_for("juror", request, None)) == navigation.MOST_IN_A_ROW


def test_every_icon_that_a_page_asks_for_is_there():
    css = (settings.PACKAGE_DIR / "shared/static/vendor/kern/kern.min.css").read_text()
    asked = {name for page in settings.PACKAGE_DIR.rglob("templates/**/*.html")
             for name in re.findall(r'icon="([a-z-]+)"|{% icon "([a-z-]+)"|kern-icon--([a-z-]+)', page.read_text())}
    names = {"".join(found) for found in asked}
    assert len(names) > 10
    assert [name for name in sorted(names) if f"kern-icon--{name}" not in css] == []


def test_the_sample_note_stands_only_where_answers_are_invented():
    class Competition:
        is_sample, sample_note = True, "Erfundene Antworten."

    assert "Erfundene Antworten." in show("{% sample_note competition %}", competition=Competition)
    Competition.is_sample = False
    assert show("{% sample_note competition %}", competition=Competition) == ""


@pytest.mark.parametrize(("language", "axis"), [("de", "28.11."), ("en", "28 Nov")])
def test_the_axis_of_days_is_written_as_the_language_writes_them(language, axis):
    with translation.override(language):
        assert f"<span>{axis}</span>" in figures.figure_days({date(2017, 11, 28): 3})

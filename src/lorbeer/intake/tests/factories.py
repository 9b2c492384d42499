from datetime import UTC, datetime

from lorbeer.call.tests.factories import make_competition
from lorbeer.entries.tests.factories import make_contributor, make_entry
from lorbeer.intake import services
from lorbeer.intake.models import Arrival, Draft
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.questionnaire.definition import Choice, Form, Group, Limits, Question, Repeat, Section, Type
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.shared import clock
from lorbeer.shared.tests.built_once import built_once
from lorbeer.shared.text import Localized

OPEN = datetime(2017, 10, 2, 9, 30, tzinfo=UTC)                         # within the factories' entry phase
YES_NO = (Choice("yes", Localized(de="ja")), Choice("no", Localized(de="nein")))
FORM = Form(
    title=Localized(de="Bewerbungsbogen"),
    code="entry",
    sections=(
        Section("basics", Localized(de="Angaben"), items=(
            Question("title", Type.TEXT, Localized(de="Titel"), required="yes", role="title"),
            Question("applicant", Type.TEXT, Localized(de="Wer bewirbt sich?"), role="applicant_name"),
            Question("agreed", Type.YES_NO, Localized(de="Gibt es eine Vereinbarung?"), list_name="yes_no", choices=YES_NO),
            Question("partner_name", Type.TEXT, Localized(de="Mit wem?"), required="yes", relevant="${agreed} = 'yes'"),
        )),
        Section("text", Localized(de="Kurzfassung"), items=(
            Question("abstract", Type.LONG_TEXT, Localized(de="Kurzfassung"), required="yes", role="abstract",
                     limits=Limits(characters=200)),
        )),
        Section("projects", Localized(de="Einzelprojekte"), items=(
            Repeat("project", Localized(de="Projekt"), max_count=2, role="project", items=(
                Question("project_title", Type.TEXT, Localized(de="Titel des Projekts"), required="yes",
                         role="project_title"),
            )),
        )),
        Section("rest", Localized(de="Anlagen"), items=(
            Group("sums", Localized(de="Geld"), items=(
                Question("amount", Type.INTEGER, Localized(de="Beantragt in Euro"), role="amount"),
            )),
            Question("attachment", Type.FILE, Localized(de="Anlage"), role="attachment",
                     limits=Limits(files=2, file_types=("pdf",))),
            Question("contact_email", Type.EMAIL, Localized(de="E-Mail"), role="contact_email", personal_data="contact"),
        )),
    ),
    lists={"yes_no": YES_NO},
)
COMPLETE = {"title": "Ein Garten für alle", "abstract": "Wir graben gemeinsam um."}


@built_once
def make_call(**facts):
    """A competition whose entry form is published."""
    competition = make_competition(**facts)
    publish(add_version(competition, FORM))
    return competition


@built_once
def make_draft(competition=None, by=None, answers=None, **facts) -> Draft:
    """A draft of an applicant, begun while the round was open; empty unless `answers` are given."""
    with clock.at(facts.pop("at", OPEN)):
        draft = services.start_draft(
            competition or make_call(), by=by or make_person(), applicant=facts.pop("applicant", "Verein Beispiel"),
            municipality=facts.pop("municipality", None),
        )
        services.fill_draft(draft, answers or {}, by=None)
    return draft


@built_once
def make_submission(competition=None, by=None, answers=None, at=OPEN, **facts):
    """A complete online submission."""
    by = by or make_person()
    draft = make_draft(competition, by, COMPLETE | (answers or {}), at=at, **facts)
    with clock.at(at):
        return services.submit(draft.entry, by=by)


@built_once
def make_arrival(competition=None, by=None, at=OPEN, **facts) -> Arrival:
    """A line of the register for a letter that came while the round was open."""
    competition = competition or make_call()
    facts.setdefault("channel", "post")
    facts.setdefault("arrived_at", at)
    with clock.at(max(at, facts["arrived_at"])):
        return services.register_arrival(competition, by=by, **facts)


def make_office(competition):
    return make_role(competition, "office").person


__all__ = ["COMPLETE", "FORM", "OPEN", "make_arrival", "make_call", "make_contributor", "make_draft", "make_entry",
           "make_office", "make_person", "make_role", "make_submission"]

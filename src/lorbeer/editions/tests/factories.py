from datetime import UTC, date, datetime

from lorbeer.awards.models import Announcement
from lorbeer.call.tests.factories import make_competition
from lorbeer.editions import services
from lorbeer.entries.models import Entry
from lorbeer.intake.services import submit
from lorbeer.intake.tests.factories import OPEN, make_draft
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.questionnaire.definition import CONSENT, PUBLIC_PARTS, Choice, Form, Question, Section, Type
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.register.models import Municipality, RegisterEdition
from lorbeer.shared import clock
from lorbeer.shared.tests.built_once import built_once
from lorbeer.shared.text import Localized

YES_NO = (Choice("ja", Localized(de="ja", en="yes")), Choice("nein", Localized(de="nein", en="no")))
FIELDS = (Choice("sport", Localized(de="Sport")), Choice("kultur", Localized(de="Kultur")))
FORM = Form(
    title=Localized(de="Bewerbungsbogen"), code="entry",
    sections=(Section("all", Localized(de="Alles"), items=(
        Question("titel", Type.TEXT, Localized(de="Titel"), required="yes", role="title", publishable=True),
        Question("name", Type.TEXT, Localized(de="Name"), role="applicant_name", publishable=True),
        Question("kurztext", Type.LONG_TEXT, Localized(de="Kurzfassung"), role="abstract", publishable=True),
        Question("q1", Type.SINGLE, Localized(de="Konzept?"), list_name="yes_no", choices=YES_NO, publishable=True),
        Question("felder", Type.MULTI, Localized(de="Handlungsfelder"), list_name="felder", choices=FIELDS, publishable=True,
                 role="field_of_action"),
        Question("bemerkung", Type.LONG_TEXT, Localized(de="Bemerkung")),
        Question("person", Type.TEXT, Localized(de="Ansprechperson"), role="contact_name", personal_data="contact"),
        Question("mail", Type.EMAIL, Localized(de="E-Mail"), role="contact_email", personal_data="contact"),
        Question("einwilligung", Type.SINGLE, Localized(de="Veröffentlichen?"), list_name="yes_no", choices=YES_NO,
                 role=CONSENT, releases=PUBLIC_PARTS),
    )),),
    lists={"yes_no": YES_NO, "felder": FIELDS},
)


@built_once
def make_call(**facts):
    """A competition with the form above, whose round 1 is announced unless `announced=False`."""
    announced = facts.pop("announced", True)
    competition = make_competition(**facts)
    publish(add_version(competition, FORM))
    if announced:
        announce(competition)
    return competition


def announce(competition, round=1):
    moment = datetime(2018, 6, 1, tzinfo=UTC)
    return Announcement.objects.create(competition=competition, round=round, approved_at=moment, announced_at=moment)


@built_once
def make_place(name="Musterort", **facts) -> Municipality:
    edition, _new = RegisterEdition.objects.get_or_create(sha256="0" * 64, defaults={"as_of": date(2017, 12, 31)})
    facts.setdefault("key", f"05{Municipality.objects.count():06d}")
    return Municipality.objects.create(edition=edition, name=name, **facts)


@built_once
def make_entry(competition, *, released=True, answers=None, by=None, **facts) -> Entry:
    """An admitted entry with an accepted entry form; all its parts are released unless `released=False`."""
    title = facts.pop("title", f"Beitrag {competition.entries.count() + 1}")
    filled = {"titel": title, "kurztext": "Wir graben gemeinsam um.", "q1": "ja", "felder": ["sport"], "einwilligung": "ja"}
    by = by or make_person()
    with clock.at(OPEN):
        draft = make_draft(competition, by, filled | (answers or {}), applicant=facts.get("applicant", f"Stadt {title}"))
        submit(draft.entry, by=by)
    changes = {"state": "admitted", "group": competition.groups.first(), "land_code": "NW", "legal_status": "kreisangehoerig",
               "population": 12_000, "title": title} | facts
    Entry.objects.filter(pk=draft.entry.pk).update(**changes)
    entry = Entry.objects.get(pk=draft.entry.pk)
    if released:
        services.release_as_consented([entry], by=None)
    return entry


@built_once
def make_edition(competition, *, published=True):
    edition = services.freeze(competition, by=None)
    return services.publish(edition, by=None) if published else edition


def make_frozen():
    """(competition, entry, edition): a call with the entry “Freigegebenes” in its published edition."""
    competition = make_call()
    return competition, make_entry(competition, title="Freigegebenes"), make_edition(competition)


__all__ = ["FORM", "announce", "make_call", "make_edition", "make_entry", "make_frozen", "make_person", "make_place", "make_role"]

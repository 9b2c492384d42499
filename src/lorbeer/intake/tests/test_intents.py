"""Letters of intent find the entry that they announced, from the moment it is begun."""

import pytest

from lorbeer.call.tests.factories import make_competition
from lorbeer.intake import services
from lorbeer.intake.tests.factories import OPEN, make_office
from lorbeer.outreach.models import LetterOfIntent
from lorbeer.outreach.services import link_intent, record_intent
from lorbeer.people.tests.factories import make_person
from lorbeer.questionnaire.definition import Form, Question, Section, Type
from lorbeer.questionnaire.municipalities import answer_of
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.register.tests.factories import make_edition, make_municipality
from lorbeer.shared import clock, log
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.django_db
FORM = Form(title=Localized(de="Bogen"), code="entry", sections=(Section("a", Localized(de="A"), items=(
    Question("titel", Type.TEXT, Localized(de="Titel"), role="title"),
    Question("kommune", Type.MUNICIPALITY, Localized(de="Kommune"), role="municipality"),
)),))


def of_register(edition):
    competition = make_competition(applicant_kind="municipality", register_edition=edition)
    publish(add_version(competition, FORM))
    return competition


def test_a_letter_of_intent_is_tied_when_the_draft_is_begun_and_follows_the_municipality():
    edition = make_edition()
    first, second = make_municipality(edition), make_municipality(edition)
    competition = of_register(edition)
    person, office = make_person(), make_office(competition)
    with clock.at(OPEN):
        one, other, by_hand = (record_intent(competition, applicant=body.name, municipality=body, by=office) for body in (first, second, first))
        begun = services.start_draft(competition, by=person, municipality=first)
        link_intent(by_hand, begun.entry, by=office)

        def entries():
            return [LetterOfIntent.objects.get(pk=intent.pk).entry for intent in (one, other, by_hand)]

        assert entries() == [begun.entry, None, begun.entry]
        services.save_answers(begun, [services.Change("kommune", answer_of(second, edition))], by=person)
        assert entries() == [None, begun.entry, begun.entry]
        handed_in = services.start_draft(competition, by=make_person(), municipality=second)
        assert entries() == [None, begun.entry, begun.entry]            # the first that was begun
        services.fill_draft(handed_in, {"titel": "Ein Garten"}, by=None)
        services.submit(handed_in.entry, by=handed_in.entry.contributors.get().person)
        assert entries() == [None, handed_in.entry, begun.entry]        # which of the two it meant is known now
    assert [fault for fault in log.attested("outreach") if fault.table == "outreach_letterofintent"] == []

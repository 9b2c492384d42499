"""Consent is the first option of its question, whatever it is called."""

import pytest

from lorbeer.call.tests.factories import make_competition
from lorbeer.editions.queries import has_consented
from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.frozen import Document, canonical_document
from lorbeer.questionnaire.tests.factories import make_form, make_question, make_version


@pytest.mark.django_db
@pytest.mark.parametrize(("facts", "answer", "consented"), [
    ({"type": Type.SINGLE, "list_name": "farben"}, "rot", True),
    ({"type": Type.SINGLE, "list_name": "farben"}, "blau", False),
    ({"type": Type.SINGLE, "list_name": "farben"}, None, False),
    ({"type": Type.ACKNOWLEDGE}, True, True),
    ({"type": Type.ACKNOWLEDGE}, None, False),
])
def test_only_the_first_option_or_a_tick_is_consent(facts, answer, consented):
    form = make_form(make_question("frei", role="consent_publication", **facts))
    data, _sha256 = canonical_document(form, make_version(make_competition(), form), {("frei", 0): answer})

    assert has_consented(Document.read(form, data)) is consented

"""A member's dossier: one tagged PDF with a bookmark for each item, in the order of the agenda, without what is closed to them."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from lorbeer.entries.models import Bias
from lorbeer.jury import dossier
from lorbeer.jury.models import Member
from lorbeer.jury.tests.factories import make_meeting
from lorbeer.screening.models import ExpertOpinion, Proposal
from lorbeer.shared.tests.pdf import assert_accessible_pdf

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def bookmarks(outline):
    for one in outline:
        if isinstance(one, list):
            yield from bookmarks(one)
        else:
            yield one.title


def test_each_member_has_the_agenda_in_its_order_without_the_items_they_may_not_see():
    meeting = make_meeting(entries=4)
    items = list(meeting.items.order_by("position").select_related("entry"))
    titles = [item.entry.title for item in items]
    released = Proposal.objects.get(entry=items[2].entry)
    ExpertOpinion.objects.create(
        proposal=released, state=ExpertOpinion.State.RELEASED, description="Es heißt: „Wir bauen gemeinsam“.", reasons="Gut.",
        quotations=[{"text": "Wir bauen gemeinsam", "label": "Ziel", "question": "aim", "place": 0, "enclosed": False}])
    free, biased = Member.objects.filter(kind="member")
    Bias.objects.create(entry=items[1].entry, person=biased.person, kind=Bias.Kind.DECLARED, reason="x")

    for member, expected in ((free, titles), (biased, [titles[0], *titles[2:]])):
        content = dossier.dossier_pdf(meeting, member)
        assert_accessible_pdf(content)
        reader = PdfReader(BytesIO(content))
        text = " ".join("".join(page.extract_text() for page in reader.pages).split())
        found = [title for title in bookmarks(reader.outline) if any(title.endswith(one) or one in title for one in titles)]
        assert [one for title in found for one in titles if one in title] == expected
        assert (titles[1] in text) is (member == free)
        assert ("Ein Punkt der Tagesordnung ist ausgelassen" in text) is (member == biased)
        assert "„Wir bauen gemeinsam“¹" in text
        assert "¹ Ziel" in text
        assert str(member.person) in text

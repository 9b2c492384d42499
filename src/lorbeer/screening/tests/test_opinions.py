"""One page on a proposal: quotations that stand in the entry, the office's letterhead, a page that is one page."""

import io
import json

import pikepdf
import pypdf
import pytest
from django.test import Client
from django.urls import reverse

from lorbeer.entries.models import Bias, Entry
from lorbeer.people.models import Role
from lorbeer.questionnaire.definition import Form, Question, Section, Type
from lorbeer.questionnaire.frozen import DOCUMENT_SCHEMA, Document
from lorbeer.screening import documents, queries, services
from lorbeer.screening.models import ExpertOpinion
from lorbeer.screening.quotations import Quotation, looked_up, quoted, with_numbers
from lorbeer.screening.tests import factories as make
from lorbeer.shared import files
from lorbeer.shared.desk import tasks_for
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent
from lorbeer.shared.tests.test_documents import assert_accessible_pdf
from lorbeer.shared.text import localized

AIM = "Wir wollen, dass Nach­barinnen und\nNachbarn – alte wie neue – den „Hof der Kulturen“ gemeinsam betreiben. Kinder kochen mit."
FORM = Form(title=localized("Bogen"), code="entry", languages={"de": "Deutsch"}, sections=(Section("about", localized("Angaben"), items=(
    Question("aim", Type.LONG_TEXT, localized("Ziel")), Question("phone", Type.TEXT, localized("Telefon"), personal_data="contact"),
    Question("plan", Type.FILE, localized("Plan")))),))


def document(**answers):
    given = {"aim": AIM, "phone": "030 123 456 789"} | answers
    return Document(FORM, {"schema": DOCUMENT_SCHEMA, "answers": [[name, 0, value] for name, value in given.items()], "places": {}})


# --- what a quotation is ----------------------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(("text", "found"), [
    ("Das „Wir wollen das“ trägt.", ["Wir wollen das"]),
    ("Es sagt “one two three” und \"vier fünf sechs\" und »sieben acht neun«.", ["one two three", "vier fünf sechs", "sieben acht neun"]),
    ("Der „Hof der“ ist ein Name, „Zwei Worte“ auch.", []),
    ("Ohne Schluss „eins zwei drei", []),
    ("„eins\nzwei   drei“", ["eins zwei drei"]),
    ("„[…] … (…)“", []),
    ("", []),
])
def test_a_passage_of_three_words_in_quotation_marks_is_a_quotation(text, found):
    assert [one.text for one in quoted(text)] == found


@pytest.mark.once
@pytest.mark.parametrize(("quotation", "stands"), [
    ("dass Nachbarinnen und Nachbarn", True),                           # soft hyphen, line end
    ("Nachbarn - alte wie neue - den", True),                           # another dash
    ("den ‚Hof der Kulturen‘ gemeinsam betreiben", True),               # inner marks
    ("den Hof der Kulturen gemeinsam", False),
    ("gemeinsam betreiben, Kinder kochen mit", False),                  # another sign inside
    ("Kinder kochen mit!", True),                                       # only the last sign differs
    ("Wir wollen […] gemeinsam betreiben", True),
    ("Wir wollen … Kinder kochen mit.", True),
    ("gemeinsam betreiben […] Wir wollen dass", False),                 # the other way round
    ("wir wollen, dass", False),                                        # another letter
    ("ollen, dass Nachbarinnen und", False),                            # not from the middle of a word
    ("Kinder kochen gern mit", False),
    ("030 123 456 789", False),                                         # personal answers are not quoted
])
def test_it_stands_in_the_entry_when_it_reads_the_same_there(quotation, stands):
    (found,) = looked_up(f"Dort heißt es: „{quotation}“", document())

    assert found.is_found is stands
    assert found.label == ("Ziel" if stands else "")
    assert not found.is_enclosed


@pytest.mark.once
def test_where_there_are_enclosures_somebody_has_to_look_there():
    file = [{"code": "x", "name": "plan.pdf", "sha256": "0", "size": 1}]

    (found,) = looked_up("„so steht es nirgends“", document(plan=file))

    assert (found.is_found, found.is_enclosed) == (False, True)
    assert not looked_up("„so steht es nirgends“", None)[0].is_enclosed


@pytest.mark.once
def test_quotations_are_numbered_behind_their_marks_and_lead_to_their_place_in_the_entry():
    found = quoted("„eins zwei drei“ und „vier fünf – sechs sieben, acht neun-zehn elf zwölf dreizehn“.")

    assert with_numbers("„eins zwei drei“.", found[:1], 12) == "„eins zwei drei“¹²."
    assert found[0].fragment == "#:~:text=eins%20zwei%20drei"
    assert found[1].fragment == "#:~:text=vier%20f%C3%BCnf%20%E2%80%93%20sechs,neun%2Dzehn%20elf%20zw%C3%B6lf%20dreizehn"
    assert Quotation("a b c", 1).as_json()["question"] == ""


# --- on its way to the jury -------------------------------------------------------------------------------------------


def proposed(text="Was wir wollen."):
    competition = make.make_competition(office_address="Beispielweg 1\n10117 Berlin", office_email="buero@example.org")
    office = make.make_role(competition, Role.Kind.OFFICE_LEAD)
    entry = make.make_screened(competition)
    session = make.make_session(competition, office)
    services.confirm_agreeing(session, office)
    opinion = ExpertOpinion.objects.select_related("proposal__entry__competition").get(proposal__entry=entry)
    author, reader = [vote.screener for vote in entry.votes.order_by("seat")]
    return services.draft_opinion(opinion.proposal, author, "Kurz: „Was wir wollen“, sonst nichts.", text), author, reader


@pytest.mark.django_db
def test_an_invented_quotation_stops_the_opinion_with_its_words_and_a_true_one_is_kept_with_its_version():
    opinion, author, reader = proposed("Sie schreiben: „Das hat niemand geschrieben.“")
    with pytest.raises(BadInput, match="Das hat niemand geschrieben"):
        services.hand_to_second_reader(opinion, reader, author, with_pdf=False)
    services.draft_opinion(opinion.proposal, author, opinion.description, "Sie haben ein Ziel.")

    opinion = services.hand_to_second_reader(opinion, reader, author, with_pdf=False)

    assert opinion.submission.number == 1
    assert opinion.quotations == [{"text": "Was wir wollen", "label": "Ziel", "question": "aim", "place": 0, "enclosed": False}]


@pytest.mark.django_db
def test_a_newer_version_without_the_quotation_stops_the_release_and_the_second_reader_can_send_it_back():
    opinion, author, reader = proposed("Gut.")
    services.hand_to_second_reader(opinion, reader, author, with_pdf=False)
    make.make_submission(opinion.proposal.entry, json.dumps(make.ANSWERS | {"answers": [["aim", 0, "Etwas anderes."]]}))
    client = Client(headers={"accept-language": "de"})
    client.force_login(reader, backend="lorbeer.people.backends.AccountBackend")
    at = {"competition": opinion.proposal.entry.competition.code, "code": opinion.proposal.entry.code, "group": "towns", "project": 0}

    page = client.get(reverse("screening:opinion_show", kwargs=at)).text
    answer = client.post(reverse("screening:opinion_release", kwargs=at))

    assert "Das Kurzgutachten gilt Fassung 1 des Beitrags." in page
    assert "nicht gefunden" in page
    assert answer.status_code == 400
    assert "steht nicht im eingereichten Beitrag" in answer.text
    assert "An den Autor zurückgeben" in answer.text or "zurückgeben" in answer.text
    opinion.refresh_from_db()
    assert (opinion.state, opinion.submission.number) == ("reading", 1)
    assert not LogEvent.objects.filter(verb="opinion.release").exists()


@pytest.mark.django_db
@pytest.mark.once
def test_what_was_typed_is_saved_before_it_is_handed_over_and_no_text_replaces_another_unseen(monkeypatch):
    monkeypatch.setattr(documents, "opinion_pdf", lambda _opinion: b"%PDF")
    opinion, author, reader = proposed("Gut.")
    client = Client(headers={"accept-language": "de"})
    client.force_login(author, backend="lorbeer.people.backends.AccountBackend")
    entry = opinion.proposal.entry
    at = {"competition": entry.competition.code, "code": entry.code, "group": "towns", "project": 0}
    save = reverse("screening:opinion_save", kwargs=at)
    seen = client.get(reverse("screening:opinion_show", kwargs=at)).context["form"]["seen"].value()
    services.draft_opinion(opinion.proposal, author, "Aus dem anderen Fenster.", "Gut.")

    typed = {"description": "Was es ist.", "reasons": "Darum.", "seen": seen, "_hand_over": "yes", "second_reader": reader.pk}
    refused = client.post(save, typed)
    assert (refused.status_code, "Was es ist." in refused.text, "Aus dem anderen Fenster." in refused.text) == (400, True, True)
    opinion.refresh_from_db()
    assert (opinion.description, opinion.state) == ("Aus dem anderen Fenster.", "writing")
    typed["seen"] = refused.context["form"]["seen"].value()
    nobody = client.post(save, typed | {"second_reader": ""})
    assert (nobody.status_code, "Was es ist." in nobody.text) == (400, True)
    assert client.post(save, typed).status_code == 302
    opinion.refresh_from_db()
    assert (opinion.description, opinion.reasons, opinion.state, opinion.second_reader) == ("Was es ist.", "Darum.", "reading", reader)
    late = client.post(save, {"description": "Noch ein Satz.", "reasons": ""})
    assert (late.status_code, "Noch ein Satz." in late.text, "nicht gespeichert" in late.text) == (403, True, True)


@pytest.mark.django_db
@pytest.mark.once
def test_the_offices_dossier_stays_closed_to_whoever_is_biased_for_an_entry_in_it(monkeypatch):
    monkeypatch.setattr(documents, "dossier_pdf", lambda _competition, _opinions: b"%PDF-1.7")
    opinion, author, reader = proposed("Gut.")
    services.hand_to_second_reader(opinion, reader, author, with_pdf=False)
    services.release_opinion(opinion, reader, with_pdf=False)
    competition = opinion.proposal.entry.competition
    office, other = make.make_role(competition, Role.Kind.OFFICE), make.make_role(competition, Role.Kind.OFFICE)
    dossier = services.build_dossier(competition, 1, office)
    Bias.objects.create(entry=opinion.proposal.entry, person=office, kind=Bias.Kind.DECLARED, reason="x")

    assert not files.may_read(office, dossier.file)
    assert files.may_read(other, dossier.file)


@pytest.mark.django_db
def test_an_opinion_does_not_stay_with_whoever_cannot_go_on(client):
    opinion, author, reader = proposed("Gut.")
    competition = opinion.proposal.entry.competition
    office, other = make.make_role(competition, Role.Kind.OFFICE), make.make_role(competition)
    services.hand_to_second_reader(opinion, reader, author, with_pdf=False)
    client.force_login(office, backend="lorbeer.people.backends.AccountBackend")
    at = {"competition": competition.code, "code": opinion.proposal.entry.code, "group": "towns", "project": 0}
    assign = reverse("screening:opinion_assign", kwargs=at)
    assert not queries.opinions_held_up(competition).exists()
    at_home = Role.objects.filter(person=reader)
    at_home.update(land_code=opinion.proposal.entry.land_code)          # a bias that is computed
    assert list(queries.opinions_held_up(competition)) == [opinion]
    at_home.delete()
    assert list(queries.opinions_held_up(competition)) == [opinion]
    Entry.objects.update(state="awarded")                               # the roles of screeners end, and nobody needs the opinion any more
    assert not queries.opinions_held_up(competition).exists()
    Entry.objects.update(state="proposed")
    assert any("to somebody else" in task.label or "weitergeben" in task.label for task in tasks_for(office, competition))

    for people in ({"author": author.pk, "second_reader": reader.pk}, {"author": author.pk, "second_reader": author.pk}, {"author": ""}):
        assert client.post(assign, people).status_code == 400
    opinion.refresh_from_db()
    assert opinion.second_reader == reader
    assert client.post(assign, {"author": author.pk, "second_reader": other.pk}).status_code == 302
    opinion.refresh_from_db()
    assert (opinion.state, opinion.author, opinion.second_reader, opinion.reasons) == ("reading", author, other, "Gut.")

    assert client.post(assign, {"author": other.pk, "second_reader": author.pk}).status_code == 302
    with pytest.raises(Refused):                                        # whoever wrote the text does not release it as its reader
        services.release_opinion(opinion, author, with_pdf=False)

    Bias.objects.create(entry=opinion.proposal.entry, person=author, kind=Bias.Kind.DECLARED, reason="x")
    assert client.post(assign, {"author": other.pk}).status_code == 302    # what the second reader would send back has no author
    opinion.refresh_from_db()
    assert (opinion.state, opinion.author, opinion.second_reader) == ("writing", other, None)
    services.hand_to_second_reader(opinion, office, other, with_pdf=False)
    services.release_opinion(opinion, office, with_pdf=False)
    assert client.post(assign, {"author": author.pk}).status_code == 403


@pytest.mark.django_db
def test_the_page_links_each_quotation_to_its_place():
    opinion, author, _reader = proposed()
    client = Client(headers={"accept-language": "de"})
    client.force_login(author, backend="lorbeer.people.backends.AccountBackend")
    entry = opinion.proposal.entry
    at = {"competition": entry.competition.code, "code": entry.code, "group": "towns", "project": 0}

    page = client.get(reverse("screening:opinion_show", kwargs=at)).text

    assert f"/{entry.competition.code}/entries/{entry.code}/content/#:~:text=Was%20wir%20wollen" in page
    assert client.get(f"/{entry.competition.code}/entries/{entry.code}/content/").status_code == 200


@pytest.mark.django_db
@pytest.mark.once
def test_the_page_has_the_offices_letterhead_its_facts_and_where_each_quotation_stands():
    opinion, author, reader = proposed("Gut.")
    opinion = services.hand_to_second_reader(opinion, reader, author)

    content = documents.opinion_pdf(opinion)

    assert_accessible_pdf(content)
    text = " ".join(pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text().split())
    for words in ("Wettbewerbsbüro", "Beispielweg 1 · 10117 Berlin · buero@example.org", opinion.proposal.entry.code, "„Was wir wollen“¹",
                  "Zitate aus dem Beitrag (Fassung 1): ¹ Ziel"):
        assert words in text, words


@pytest.mark.django_db
@pytest.mark.once
def test_what_needs_more_than_a_page_does_not_reach_the_second_reader():
    opinion, author, reader = proposed("Lang und breit. " * 240)
    with pytest.raises(BadInput, match="2 Seiten"):
        services.hand_to_second_reader(opinion, reader, author)
    opinion.refresh_from_db()
    assert opinion.state == "writing"


# --- the dossier ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.once
def test_the_dossier_is_one_tagged_pdf_with_a_bookmark_for_each_opinion_in_the_order_of_the_agenda():
    competition = make.make_competition()
    office = make.make_role(competition, Role.Kind.OFFICE_LEAD)
    groups = {group.code: group for group in competition.groups.all()}
    for title, group in (("Zuletzt", "counties"), ("Zweiter", "towns"), ("Erster", "towns")):
        make.make_screened(competition, title=title, group=groups[group], reference={"Zuletzt": "A1", "Erster": "A2", "Zweiter": "A3"}[title])
    services.confirm_agreeing(make.make_session(competition, office), office)
    for opinion in ExpertOpinion.objects.select_related("proposal__entry"):
        author, reader = [vote.screener for vote in opinion.proposal.entry.votes.order_by("seat")]
        services.draft_opinion(opinion.proposal, author, "Kurz.", "Gut.")
        services.hand_to_second_reader(opinion, reader, author, with_pdf=False)
        services.release_opinion(opinion, reader, with_pdf=False)

    content = documents.dossier_pdf(competition, queries.opinions_of(competition, 1))

    assert_accessible_pdf(content)
    outline = pypdf.PdfReader(io.BytesIO(content)).outline
    titles = [one.title for part in outline if isinstance(part, list) for one in part if not isinstance(one, list)]
    assert [title for title in titles if title in ("Erster", "Zweiter", "Zuletzt")] == ["Erster", "Zweiter", "Zuletzt"]
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.Root.MarkInfo.Marked


@pytest.mark.django_db
def test_the_opinion_on_a_project_is_asked_for_where_its_entry_is_not_proposed():
    competition = make.make_competition(screening=make.SCREENING | {"opinions": True})
    office, author = make.make_role(competition, Role.Kind.OFFICE), make.make_role(competition)
    entry = make.make_screened(competition, ("not_suitable", "not_suitable"), projects=1)
    item, special = make.make_session(competition, office).items.get(), competition.groups.get(code="special")
    services.decide_item(item, "pass_over", proposals=[(entry.projects.get(), special)], by=office)
    opinion = ExpertOpinion.objects.get()

    assert any("niemand übernommen" in task.label or "no author" in task.label for task in tasks_for(office, competition))
    services.assign_opinion(opinion, author, office)
    assert not queries.opinions_held_up(competition).exists()
    opinions = reverse("screening:opinion_list", args=[competition.code])
    assert [task.count for task in tasks_for(author, competition) if task.url.startswith(opinions)] == [1]
    for state, count in (("not_awarded", 0), ("not_proposed", 1)):      # once the jury has closed nobody waits for it any more
        Entry.objects.update(state=state)
        assert len([task for task in tasks_for(author, competition) if task.url.startswith(opinions)]) == count
    Role.objects.filter(person=author).delete()
    assert list(queries.opinions_held_up(competition)) == [opinion]
    Entry.objects.update(state="not_awarded")
    assert not queries.opinions_held_up(competition).exists()

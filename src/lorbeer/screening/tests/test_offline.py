"""Reading from one PDF and voting on a sheet that was filled in without a network."""

import html
import io
import json
from datetime import timedelta

import pikepdf
import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lorbeer.entries.models import Bias
from lorbeer.people.models import Role
from lorbeer.questionnaire.tests.test_pdfform import filled_by_pikepdf, filled_by_pypdf
from lorbeer.screening import offline, queries, services, windows
from lorbeer.screening.models import Vote
from lorbeer.screening.tests import factories as make
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bare_errors")]
FILLED = {
    "points_c1": "4", "reason_c1": "Im Zug geschrieben: „gut“.", "points_c2": "0", "reason_c2": "Zeile 1\nZeile 2", "option": "special",
    "reason": "Insgesamt ja.", "project_1_points_c1": "2", "project_1_reason_c1": "Als Projekt.", "option_of_1": "not_suitable",
    "reason_of_1": "Nicht für sich allein.",
}


def desk(projects=1):
    """A screener with one opened entry, and their browser."""
    vote = make.make_vote(make.make_entry(make.make_competition(), projects=projects, title="Der Garten"))
    services.open_vote(vote, vote.screener)
    return fresh(vote), browser(vote.screener)


def fresh(vote):
    return queries.with_sheets(Vote.objects.filter(pk=vote.pk)).get()


def browser(person):
    client = Client(headers={"accept-language": "de"})
    client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
    return client


def at(vote, name, code=True):
    parts = {"competition": vote.entry.competition.code} | ({"code": vote.entry.code} if code else {})
    return reverse(f"screening:{name}", kwargs=parts)


def downloaded(client, vote):
    answer = client.get(at(vote, "sheet_pdf"))
    assert answer.status_code == 200
    return answer.content


def uploaded(client, vote, content):
    return client.post(at(vote, "sheet_read", code=False), {"form": SimpleUploadedFile("votum.pdf", content)})


def taken(client, vote, page, names=None):
    """Press the button of the page: what is marked, or `names`, is taken over."""
    back, sheet = page.context["back"], page.context["sheet"]
    chosen = [one.name for one in back.differences if one.is_newer] if names is None else names
    data = {one.name: one.value for one in back.differences} | {"take": chosen, sheet.page[0]: sheet.page[1], "seen": sheet.seen_text}
    return client.post(at(vote, "sheet_take"), data)


@pytest.mark.once
@pytest.mark.parametrize("fill", [filled_by_pikepdf, filled_by_pypdf])
def test_a_sheet_filled_offline_is_shown_with_its_differences_and_only_then_taken_over(fill):
    vote, client = desk()
    content = fill(downloaded(client, vote), FILLED)

    page = uploaded(client, vote, content)

    assert page.status_code == 200
    assert {one.name: one.value for one in page.context["back"].differences} == FILLED
    assert page.context["back"].faults == []
    assert queries.sheet_fields(fresh(vote)) == {"option": "", "reason": ""}, "nothing is saved by looking"

    assert taken(client, vote, page).status_code == 302
    kept = fresh(vote)
    assert {name: text for name, text in queries.sheet_fields(kept).items() if text} == FILLED
    assert kept.sealed_at is None
    assert uploaded(client, vote, content).context["back"].differences == [], "the same file once more says nothing new"


@pytest.mark.once
def test_a_sheet_is_made_with_what_stands_on_the_page_and_gives_it_back_as_it_was():
    vote, client = desk()
    services.save_sheet(vote, **make.full_sheet(vote.entry.competition), by=vote.screener)
    before = queries.sheet_fields(fresh(vote))

    back = uploaded(client, vote, downloaded(client, vote)).context["back"]

    assert (back.differences, back.faults, back.same) == ([], [], len([text for text in before.values() if text]))


@pytest.mark.once
def test_the_sheet_is_a_tagged_pdf_that_names_entry_and_version_and_nobody():
    vote, client = desk()
    content = downloaded(client, vote)

    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert bool(pdf.Root.MarkInfo.Marked)
        names = {str(one.T) for one in pdf.Root.AcroForm.Fields}
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    assert vote.entry.code in text
    assert {"points_c1", "reason_c2", "option", "reason", "project_1_points_c2", "option_of_1"} <= names
    for hidden in (vote.code, vote.secret, vote.sheet_name.removeprefix("sheet:"), vote.screener.name, vote.screener.email):
        assert hidden not in text
    assert vote.code.encode() not in content


@pytest.mark.once
def test_what_was_changed_on_the_page_after_the_download_is_not_overwritten_unseen():
    vote, client = desk()
    services.save_sheet(vote, reason="vorher", by=vote.screener)
    content = filled_by_pikepdf(downloaded(client, vote), {"reason": "aus dem Zug", "points_c1": "1"})
    with clock.at(clock.now() + timedelta(minutes=5)):
        services.save_sheet(fresh(vote), reason="nachher am Tisch", by=vote.screener)

    page = uploaded(client, vote, content)

    assert {one.name: one.is_newer for one in page.context["back"].differences} == {"reason": False, "points_c1": True}
    assert "nachher am Tisch" in page.text
    assert "nach dem Herunterladen geändert" in page.text
    taken(client, vote, page)
    assert queries.sheet_fields(fresh(vote))["reason"] == "nachher am Tisch"
    assert queries.sheet_fields(fresh(vote))["points_c1"] == "1"


@pytest.mark.once
def test_what_another_window_typed_between_looking_and_taking_stands_beside_it():
    vote, client = desk()
    page = uploaded(client, vote, filled_by_pikepdf(downloaded(client, vote), {"reason": "aus dem Zug"}))
    services.save_sheet(fresh(vote), reason="am Tisch", by=vote.screener)

    taken(client, vote, page)

    assert (fresh(vote).reason, [one.text for one in windows.waiting_in(fresh(vote))["reason"]]) == ("am Tisch", ["aus dem Zug"])


@pytest.mark.once
def test_nothing_is_ever_read_into_a_sealed_vote():
    vote, client = desk()
    content = filled_by_pikepdf(downloaded(client, vote), FILLED)
    page = uploaded(client, vote, content)
    make.seal(fresh(vote))
    before = queries.sheet_of(fresh(vote))

    late, pressed = uploaded(client, vote, content), taken(client, vote, page)

    assert late.status_code == 403
    assert "ist versiegelt" in late.text
    assert pressed.status_code == 403
    assert client.get(at(vote, "sheet_pdf")).status_code == 403
    assert queries.sheet_of(fresh(vote)) == before


@pytest.mark.once
@pytest.mark.parametrize("theirs", ["written", "sealed", "gone", "invented"])
def test_somebody_elses_sheet_is_refused_with_the_same_words_whatever_became_of_it(theirs):
    vote, client = desk()
    other = make.make_vote(vote.entry, make.make_role(vote.entry.competition))
    services.open_vote(other, other.screener)
    content = filled_by_pikepdf(offline.write_sheet(fresh(other), "de"), FILLED)
    if theirs == "sealed":
        make.seal(other)
    elif theirs == "gone":
        other.delete()
    elif theirs == "invented":
        mine = offline.offline_name(vote)
        with pikepdf.open(io.BytesIO(content)) as pdf:
            identity = str(pdf.docinfo["/LorbeerForm"])
        invented = mine[:-1] + ("0" if mine[-1] != "0" else "1")
        content = filled_by_pikepdf(content, {"lorbeer": identity.replace(offline.offline_name(other), invented)})

    answer = uploaded(client, vote, content)

    assert answer.status_code == 422
    assert "Das ist keiner Ihrer Bögen in diesem Wettbewerb" in answer.text
    assert other.screener.name not in answer.text
    assert queries.sheet_fields(fresh(vote)) == {"option": "", "reason": ""}


@pytest.mark.once
def test_a_sheet_for_another_version_of_the_entry_is_told_and_can_still_be_used():
    vote, client = desk()
    content = filled_by_pikepdf(downloaded(client, vote), {"reason": "zur ersten Fassung"})
    make.make_submission(vote.entry)
    services.open_vote(fresh(vote), vote.screener)

    page = uploaded(client, vote, content)

    assert page.context["back"].is_other_version
    assert "Der Bogen wurde für Fassung 1 des Beitrags ausgegeben" in page.text
    taken(client, vote, page)
    assert fresh(vote).reason == "zur ersten Fassung"
    assert fresh(vote).submission.number == 2


@pytest.mark.once
@pytest.mark.parametrize(("content", "said"), [
    (b"", "leer"), (b"Kein PDF", "nicht als PDF"), (b"%PDF-1.7 kaputt", "nicht als PDF"),
])
def test_what_is_no_sheet_gets_a_sentence_beside_the_field(content, said):
    vote, client = desk()

    answer = uploaded(client, vote, content)

    assert answer.status_code == 422
    assert said in answer.text


def without_fields(_sheet):
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


@pytest.mark.once
@pytest.mark.parametrize(("made", "said"), [
    (without_fields, "Schicken Sie es niemandem"),
    (lambda sheet: filled_by_pikepdf(sheet, {"lorbeer": "Rechnung"}), "nicht der Bogen eines Votums"),
])
def test_a_file_that_is_no_sheet_is_answered_as_such_and_nobody_is_sent_to_the_office_with_a_sealed_vote(made, said):
    vote, client = desk()

    answer = uploaded(client, vote, made(offline.write_sheet(fresh(vote), "de")))

    text = html.unescape(answer.text)
    assert (answer.status_code, said in text) == (422, True)
    assert "vom Büro" not in text
    assert "Bewerbungsbogen" not in text


@pytest.mark.once
def test_hostile_values_are_quoted_and_not_taken_over():
    vote, client = desk()
    values = {"points_c1": "99", "option_of_1": "suitable", "reason": "x" * 20_001, "option": "special"}
    content = filled_by_pikepdf(downloaded(client, vote), values)

    page = uploaded(client, vote, content)

    assert [one.name for one in page.context["back"].differences] == ["option"]
    assert len(page.context["back"].faults) == 3
    forged = client.post(at(vote, "sheet_take"), {"take": ["points_c1"], "points_c1": "99", "seen": "x"})
    assert forged.status_code == 400
    assert queries.sheet_fields(fresh(vote)) == {"option": "", "reason": ""}


@pytest.mark.once
def test_a_projects_title_that_looks_like_a_reference_or_markup_stays_a_title():
    vote, client = desk()
    vote.entry.projects.update(title="${reason_c1} #image(\"x\") <b>")
    services.save_sheet(vote, {"c1": {"reason": "geheim"}}, by=vote.screener)

    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(downloaded(client, vote))).pages)

    assert "reason_c1} #image" in text
    assert "geheim} #image" not in text


# --- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.once
def test_one_pdf_holds_all_that_was_opened_each_in_its_version_and_nothing_that_bias_closes():
    competition = make.make_competition()
    person = make.make_role(competition)
    entries = {name: make.make_entry(competition, title=name) for name in ("Garten", "Brunnen", "Ungelesen", "Befangen")}
    votes = {name: make.make_vote(entry, person, seat=1) for name, entry in entries.items()}
    client = browser(person)
    assert client.get(reverse("screening:reading_pdf", args=[competition.code])).status_code == 400
    marked = [entries[name].code for name in ("Garten", "Brunnen", "Befangen")]
    client.post(reverse("screening:offline_open", args=[competition.code]), {"entry": [*marked, "AAAAAA-A"]})
    Bias.objects.create(entry=entries["Befangen"], person=person, kind=Bias.Kind.DECLARED, reason="x")
    assert [name for name, vote in votes.items() if Vote.objects.get(pk=vote.pk).submission_id] == ["Garten", "Brunnen", "Befangen"]
    make.seal(votes["Brunnen"])

    answer = client.get(reverse("screening:reading_pdf", args=[competition.code]))

    reader = pypdf.PdfReader(io.BytesIO(answer.content))
    text = "\n".join(page.extract_text() for page in reader.pages)
    titles = [one.title for group in reader.outline if isinstance(group, list) for one in group if not isinstance(one, list)]
    assert {"Garten", "Brunnen"} <= set(titles)
    assert "Ungelesen" not in text
    assert "Befangen" not in text
    assert "Was wir wollen." in text
    assert pikepdf.open(io.BytesIO(answer.content)).Root.MarkInfo.Marked
    page = client.get(reverse("screening:offline_show", args=[competition.code])).text
    assert entries["Befangen"].code not in page


@pytest.mark.once
def test_nobody_opens_the_place_of_somebody_else_in_passing():
    vote, client = desk()
    other = make.make_vote(make.make_entry(vote.entry.competition), make.make_role(vote.entry.competition))

    client.post(at(vote, "offline_open", code=False), {"entry": [other.entry.code]})

    assert Vote.objects.get(pk=other.pk).submission_id is None


# --- sheets of projects -----------------------------------------------------------------------------------------------


def test_a_projects_sheet_has_its_own_criteria_and_is_sealed_only_when_it_is_complete():
    vote = make.fill(make.make_vote(make.make_entry(make.make_competition(), projects=2)))
    assert services.missing_in(fresh(vote)) == [], "a project needs no vote of its own"

    services.save_sheet(vote, project_votes={1: {"ratings": {"c1": {"points": 4, "reason": "gut"}}}}, by=vote.screener)
    missing = services.missing_in(fresh(vote))
    assert len(missing) == 3, "the points of c2, the vote and its reason"
    assert all("Projekt 1" in sentence for sentence in missing)
    with pytest.raises(BadInput):
        services.seal_vote(vote, vote.screener)


def test_a_project_is_rated_apart_from_its_entry_and_both_stand_in_the_comparison(client):
    competition = make.make_competition()
    entry = make.make_entry(competition, projects=1)
    rated = {1: {"option": "special", "reason": "gut", "ratings": {
        code: {"points": points, "reason": f"Projekt {code}"} for code, points in (("c1", 4), ("c2", 0))}}}
    votes = [make.seal(make.make_vote(entry), "not_suitable", project_votes=rated) for _seat in range(2)]
    client.force_login(votes[0].screener)

    page = client.get(reverse("screening:votes_show", args=[competition.code, entry.code]))

    comparison = page.context["comparison"]
    assert [one["points"] for one in comparison["votes"]] == [6, 6], "the entry's points alone"
    (project,) = comparison["projects"]
    assert [[cell.points for _person, cell in row["cells"]] for row in project["rows"]] == [[4, 4], [0, 0]]
    assert "Projekt c2" in page.text


# --- the version that was read ----------------------------------------------------------------------------------------


def test_a_later_change_of_the_entry_is_shown_beside_the_votes_with_what_differs_and_changes_none(client):
    competition = make.make_competition()
    office = make.make_role(competition, Role.Kind.OFFICE_LEAD)
    entry = make.make_screened(competition)
    first, second = entry.votes.order_by("seat")
    session = make.make_session(competition, office)
    before = [queries.sheet_of(one) for one in queries.with_sheets(entry.votes.order_by("seat"))]
    make.make_submission(entry, json.dumps(make.ANSWERS | {"answers": [["aim", 0, "Was alle wollen."]]}))
    pages = {
        first.screener: [at(first, "vote_write"), at(first, "votes_show")],
        office: [at(first, "votes_show"), reverse("screening:item_show", args=[competition.code, session.code, entry.code]),
                 reverse("entries:entry_tab", args=[competition.code, entry.code, "screening"])],
    }
    for person, addresses in pages.items():
        for address in addresses:
            page = browser(person).get(address).text
            assert "gelesen wurde Fassung 1, jetzt gilt Fassung 2" in page, address
            assert "<del>wir</del>" in page, address
            assert "<ins>alle</ins>" in page, address
    assert "Fassung 1 gelesen" in browser(office).get(at(second, "votes_show")).text
    assert [queries.sheet_of(one) for one in queries.with_sheets(entry.votes.order_by("seat"))] == before


def test_while_nothing_was_replaced_no_page_speaks_of_versions_that_differ():
    competition = make.make_competition()
    entry = make.make_screened(competition)

    page = browser(entry.votes.first().screener).get(at(entry.votes.first(), "votes_show")).text

    assert "jetzt gilt Fassung" not in page

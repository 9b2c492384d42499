"""What goes wrong says what happened and what to do, in the look of the house, and gives back what was typed: on the real pages."""

import html
import re
import sqlite3
from contextlib import closing

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from lorbeer.entries.tests.factories import make_entry
from lorbeer.intake.models import DraftAnswer
from lorbeer.intake.tests.factories import make_call, make_draft, make_submission
from lorbeer.outreach.models import LetterOfIntent
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared import clock, outbox
from lorbeer.shared.models import Message

TYPED = "Wir graben gemeinsam um,\nZeile für Zeile, mit „Anführung“ & <Zeichen>."
PASSWORD = "ein-langes-passwort-1"
HOUSE = 'class="l-header"'


def strict(person=None, **facts):
    """A browser: it sends the form's seal and where the form came from."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False, headers={"origin": "http://testserver"}, **facts)
    if person:
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def seal_of(answer):
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.content.decode())[1]


def text_of(answer):
    return html.unescape(answer.content.decode())


def kept_form(answer):
    """Where the form on an error page goes, and what it sends."""
    page = answer.content.decode().split('class="l-kept"', 1)[1].split("</form>", 1)[0]
    fields = dict(re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', page))
    fields |= {name: text.removeprefix("\n") for name, text in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.S)}
    return re.search(r' action="([^"]+)"', page)[1], {name: html.unescape(value) for name, value in fields.items()}


def an_applicant():
    person = make_person(email="schreibt@example.org")
    person.set_password(PASSWORD)
    person.save()
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    draft = make_draft(make_call(), person, at=clock.now())
    return person, draft, reverse("intake:section_edit", args=[draft.entry.competition.code, draft.entry.code, "text"])


# --- addresses and rights -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["/gibt/es/nicht/", "/{call}/entries/AAAAAA-A/", "/{call}/catalogue/AAAAAA-A/", "/files/AAAAAA-A/x.pdf"])
def test_an_unknown_address_is_a_page_that_leads_on(client, place):
    answer = client.get(place.format(call=make_call().code), follow=True)
    assert answer.status_code in (200, 404)                             # or the sign-in
    assert HOUSE in answer.content.decode()
    if answer.status_code == 404:
        assert "Hier ist nichts" in text_of(answer)


@pytest.mark.django_db
def test_a_page_for_others_says_for_whom_it_is(client):
    call = make_call()
    client.force_login(make_role(call, Role.Kind.SCREENER).person)
    answer = client.get(reverse("intake:arrival_list", args=[call.code]))
    assert answer.status_code == 403
    assert HOUSE in answer.content.decode()
    assert "Diese Seite ist für" in text_of(answer)


@pytest.mark.django_db
def test_what_was_typed_into_a_form_that_is_refused_can_be_copied():
    call = make_call()
    office = make_role(call, Role.Kind.OFFICE).person
    entry = make_submission(call).entry
    client = strict(office)
    address = reverse("formal_check:check_show", args=[call.code, entry.code])
    page = client.get(address)
    answer = client.post(address, {                                     # somebody submitted anew meanwhile
        "csrfmiddlewaretoken": seal_of(page), "decision": "excluded", "seen": 99, "confirmed": "yes",
        "clause": call.clauses.get().pk, "exclude_reason": TYPED})
    assert answer.status_code == 403
    assert TYPED in text_of(answer).replace("\r\n", "\n")
    assert entry.checks.count() == 0


@pytest.mark.once
def test_a_button_is_not_shown_among_what_was_typed():
    """What begins with _ is sent again and not shown; a choice (of a competition, of a municipality by its key) or a decision is seen."""
    templates = settings.PACKAGE_DIR.glob("*/templates/**/*.html")
    names = [name for path in templates for name in re.findall(r"\{% button [^%]*?\bname=\"([^\"]+)\"", path.read_text("utf-8"))]

    assert {"_seal", "_stay"} <= set(names)
    assert {name for name in names if not name.startswith("_")} == {"choice", "decision", "competition", "key"}


@pytest.mark.django_db
def test_a_bad_upload_is_named_beside_its_field_and_the_rest_is_saved():
    person, draft, _address = an_applicant()
    address = reverse("intake:section_edit", args=[draft.entry.competition.code, draft.entry.code, "rest"])
    client = strict(person)
    page = client.get(address)
    answer = client.post(address, {"csrfmiddlewaretoken": seal_of(page), "contact_email": "stadt@example.org",
                                   "attachment": SimpleUploadedFile("plan.pdf", b"MZ no pdf")})
    assert answer.status_code == 422
    assert "„plan.pdf“" in text_of(answer)
    assert "stadt@example.org" in text_of(answer)
    assert DraftAnswer.objects.get(draft=draft, question="contact_email").value == "stadt@example.org"


# --- sessions and seals -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_session_that_ended_while_somebody_wrote_loses_nothing():
    """Sign in beside it, send again: the new sign-in has changed the seal, so it is asked once more, and then it is stored."""
    person, draft, address = an_applicant()
    client = strict(person)
    seal = seal_of(client.get(address))
    client.session.flush()

    ended = client.post(address, {"csrfmiddlewaretoken": seal, "abstract": TYPED})
    assert ended.status_code == 403
    assert "nicht mehr angemeldet" in text_of(ended)
    place, fields = kept_form(ended)
    assert (place, fields["abstract"]) == (address, TYPED)

    sign_in = reverse("account_login")
    page = client.get(sign_in)
    assert client.post(sign_in, {"csrfmiddlewaretoken": seal_of(page), "login": person.email, "password": PASSWORD}).status_code == 302
    again = client.post(place, fields)
    if again.status_code == 403:
        place, fields = kept_form(again)
        assert fields["abstract"] == TYPED
        again = client.post(place, fields)

    assert again.status_code == 302
    assert DraftAnswer.objects.get(draft=draft, question="abstract").value == TYPED


@pytest.mark.django_db
def test_a_password_is_never_given_back():
    client = strict()
    answer = client.post(reverse("account_login"), {"login": "schreibt@example.org", "password": PASSWORD})
    assert answer.status_code == 403
    assert "schreibt@example.org" in text_of(answer)
    assert PASSWORD not in text_of(answer)


@pytest.mark.django_db
def test_a_form_without_its_seal_gives_back_every_field_but_secrets(client):
    call = make_call()
    typed = {"applicant": "Stadt Musterstadt", "postcode": "12345", "land_code": "NW", "subject": TYPED, "code": "neu", "token": "geheim"}
    answer = strict().post(reverse("outreach:intent_new", args=[call.code]), typed)
    assert answer.status_code == 403
    place, fields = kept_form(answer)
    assert place == reverse("outreach:intent_new", args=[call.code])
    assert {name: fields.get(name) for name in typed} == typed | {"token": None}


# --- the database -------------------------------------------------------------------------------------------------------


def intent(call, client):
    address = reverse("outreach:intent_new", args=[call.code])
    seal = seal_of(client.get(address))
    return address, {"csrfmiddlewaretoken": seal, "applicant": "Stadt Musterstadt", "subject": TYPED[:40], "contact_name": "A. Beispiel",
                     "contact_email": "stadt@example.org"}


def open_for_intents():
    call = make_call(is_public=True, applicant_kind="organisation")
    call.phases.filter(kind="letters").delete()
    call.phases.create(kind="letters", round=1, starts_at=None, ends_at=None)
    return call


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_a_database_that_somebody_else_holds_is_waited_for_and_then_said_so():
    call, client = open_for_intents(), strict()
    address, data = intent(call, client)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = client.post(address, data)
        other.execute("ROLLBACK")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert HOUSE in answer.content.decode()
    assert "Datenbank ist beschäftigt" in text_of(answer)
    place, fields = kept_form(answer)
    assert (place, fields["applicant"]) == (address, "Stadt Musterstadt")
    assert LetterOfIntent.objects.count() == 0

    assert client.post(place, fields).status_code == 302                # the button of the error page
    assert LetterOfIntent.objects.get().applicant == "Stadt Musterstadt"


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_a_full_database_gives_no_receipt_and_everything_back():
    """SQLite itself says that it is full: it may not grow by a page. tests/test_abuse.py does the same with a full disk."""
    person, draft, address = an_applicant()
    client = strict(person)
    seal = seal_of(client.get(address))
    text = "Ein Absatz. " * 8_000                                       # more than fits into pages that are free by chance
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            answer = client.post(address, {"csrfmiddlewaretoken": seal, "abstract": text})
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert answer.status_code == 503
    assert "keinen Platz" in text_of(answer)
    assert kept_form(answer)[1]["abstract"] == text
    assert not DraftAnswer.objects.filter(draft=draft).exists()


# --- too large, mail server down ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_form_that_is_too_large_is_refused_with_a_page():
    person, _draft, address = an_applicant()
    client = strict(person)
    seal = seal_of(client.get(address))
    answer = client.post(address, {"csrfmiddlewaretoken": seal, "abstract": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)})
    assert answer.status_code == 413
    assert HOUSE in answer.content.decode()
    assert "zu groß" in text_of(answer)


@pytest.mark.django_db
def test_a_mail_server_that_is_down_holds_nobody_up_and_the_office_reads_why(settings):
    settings.MAIL_TRANSPORT = "smtp://127.0.0.1:1"
    person, draft, _address = an_applicant()
    call, client = draft.entry.competition, strict(person)
    address = reverse("intake:contributor_list", args=[call.code, draft.entry.code])
    assert client.post(address, {"csrfmiddlewaretoken": seal_of(client.get(address)), "email": "mit@example.org"}).status_code == 302
    assert outbox.deliver_waiting() == 0
    message = Message.objects.get(scope=call.code)
    assert (message.state, message.attempts) == ("waiting", 1)
    page = text_of(strict(make_role(call, Role.Kind.OFFICE).person).get(reverse("outreach:mail_list", args=[call.code])))
    assert "Der Mailserver ist nicht erreichbar" in page


# --- what no database can look for --------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("address", [
    "/files/%00/x", "/files/a%00b/x", "/{code}/outreach/announce/%00/", "/%00/",
])
def test_an_address_with_a_nul_in_it_is_refused_with_a_page(address):
    lead = make_role(make_call(is_public=True), Role.Kind.OFFICE_LEAD)
    for client in (strict(), strict(lead.person)):
        answer = client.get(address.format(code=lead.competition.code))
        assert answer.status_code == 400
        assert "<h1" in answer.content.decode()


@pytest.mark.django_db
def test_a_nul_in_a_query_is_passed_over():
    lead = make_role(make_call(is_public=True), Role.Kind.OFFICE_LEAD)
    code, client = lead.competition.code, strict(lead.person)
    make_entry(competition=lead.competition, title="Garten")
    make_entry(competition=lead.competition, title="Hof")

    for address in (f"/{code}/audit/?entry=%00", f"/{code}/audit/?%00=1", f"/{code}/catalogue/?q=%00", f"/{code}/audit/?event=%00&page=%002"):
        assert client.get(address).status_code == 200
    rows = client.get(f"/{code}/entries/?q=Gar%00ten&sort=%00title").context["listing"].rows
    assert [row.title for row in rows] == ["Garten"]
    assert len(client.get(f"/{code}/entries/?q=%00").context["listing"].rows) == 2


@pytest.mark.django_db
def test_a_cookie_with_a_nul_in_it_is_refused_with_a_page():
    for value in ("a\0b", r'"a\000b"'):                                 # as it is, and as a browser would write it
        assert strict().get(reverse("account_login"), HTTP_COOKIE=f"{settings.SESSION_COOKIE_NAME}={value}").status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["not_found", "refused", "said", "session", "csrf", "method"])
def test_an_error_page_has_one_heading(name, rf):
    from django.template.loader import render_to_string

    assert render_to_string(f"errors/{name}.html", {"status": 403}).count("<h1") == 1

"""Every error is a page that says what happened and keeps what was typed."""

import json
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from lorbeer.shared import error_pages
from lorbeer.shared.errors import BadInput, Busy, LorbeerError, Refused
from lorbeer.shared.middleware import ErrorPages

TYPED = {"title": "Ankommen im Quartier", "abstract": "Zeile eins\nZeile zwei", "password": "geheim-1234", "otp_code": "654321"}


@pytest.fixture(autouse=True)
def german():
    with translation.override("de"):
        yield


@pytest.fixture
def ask(rf):
    """`ask(view, data=None, **headers)`: the answer of a view behind the middleware, to somebody signed out."""

    def send(view, data=None, **headers):
        request = rf.post("/x/y/", data, headers=headers) if data is not None else rf.get("/x/y/", headers=headers)
        request.user, request.session = AnonymousUser(), {}
        request._messages = FallbackStorage(request)
        middleware = ErrorPages(lambda given: run(view, given))

        def run(inner, given):
            try:
                return inner(given)
            except Exception as error:
                response = middleware.process_exception(given, error)
                if response is None:
                    raise
                return response

        return middleware(request)

    return send


def raising(error):
    def view(request):
        raise error

    return view


def text(response):
    return response.content.decode()


@pytest.mark.parametrize(("error", "status"), [
    (Refused("Erst das eigene Votum."), 403), (BadInput("Zeile 3 ist leer."), 400),
    (LorbeerError("Die Phase ist vorbei."), 409), (Busy("Andere sind gerade dran."), 503),
])
def test_a_foreseen_error_says_its_sentence(ask, error, status):
    response = ask(raising(error))
    assert response.status_code == status
    assert str(error) in text(response)


def test_all_faults_of_one_input_are_named(ask):
    assert all(word in text(ask(raising(BadInput("zwei", faults=["Zeile 3 ist leer.", "Zeile 9 ist doppelt."]))))
               for word in ("Zeile 3 ist leer.", "Zeile 9 ist doppelt."))


def test_what_nobody_foresaw_is_not_caught(ask):
    with pytest.raises(ZeroDivisionError):
        ask(raising(ZeroDivisionError()))


def test_a_busy_database_keeps_what_was_typed_and_no_secret(ask):
    response = ask(raising(OperationalError("database is locked")), TYPED, Origin="http://testserver")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "Ankommen im Quartier" in text(response)
    assert "Zeile eins\nZeile zwei" in text(response)
    assert "geheim-1234" not in text(response)
    assert "654321" not in text(response)
    assert 'action="/x/y/"' in text(response)
    assert "csrfmiddlewaretoken" in text(response)


def test_a_full_disk_is_called_by_its_name(ask):
    assert "keinen Platz" in text(ask(raising(OperationalError("database or disk is full"))))


def test_a_database_that_fails_needs_none_for_its_page(ask, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        ask(raising(OperationalError("database is locked")), TYPED)


def test_a_strange_page_cannot_have_its_form_sent_again_by_us(ask):
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, {}):
        response = ask(raising(OperationalError("locked")), TYPED, **headers)
        assert "Ankommen im Quartier" in text(response)                 # to be copied
        assert "csrfmiddlewaretoken" not in text(response)
        assert 'type="submit"' not in text(response)


def test_typed_markup_comes_back_as_text(ask):
    typed = {"title": '"><script>x</script>', "long": "</textarea><b>" + "x" * 90}
    html = text(ask(raising(OperationalError("locked")), typed))
    assert "<script>x" not in html
    assert "</textarea><b>" not in html


def test_a_session_that_ended_keeps_what_was_typed(ask):
    response = ask(lambda request: HttpResponseRedirect(reverse("account_login") + "?next=/x/y/"), TYPED, Origin="http://testserver")
    assert response.status_code == 403
    assert "Ankommen im Quartier" in text(response)
    assert "geheim-1234" not in text(response)
    assert reverse("account_login") in text(response)


def test_a_reader_without_a_session_is_simply_sent_to_sign_in(ask):
    assert ask(lambda request: HttpResponseRedirect(reverse("account_login"))).status_code == 302


def test_a_button_opened_as_a_page_says_so(ask):
    response = ask(lambda request: HttpResponseNotAllowed(["POST"]))
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert "Knopf" in text(response)


def test_too_many_attempts_get_a_page(ask):
    response = ask(lambda request: HttpResponse("Account locked", status=429))
    assert response.status_code == 429
    assert "Zu viele Versuche" in text(response)


def test_a_page_that_an_app_made_itself_for_too_many_attempts_stays(ask):
    assert text(ask(lambda request: HttpResponse("<html>eine Stunde</html>", status=429))) == "<html>eine Stunde</html>"


def test_programs_get_json(ask):
    response = ask(raising(Refused("Nein.")), Accept="application/json")
    assert response.status_code == 403
    assert json.loads(response.content) == {"error": "Nein.", "status": 403}


def test_every_error_has_a_sentence_for_pages_that_save_by_themselves():
    folder = Path(error_pages.__file__).parent / "templates" / "errors"
    pages = {path.stem for path in folder.glob("[!_]*.html")}

    assert pages - {"said"} <= error_pages.SENTENCES.keys()              # what an act says of itself is a sentence already


def test_a_page_that_saves_by_itself_is_told_in_a_sentence_why_it_could_not_and_how_it_can_again(ask, db):
    def told(view, **headers):
        return json.loads(ask(view, TYPED, Accept="application/json", Origin="http://testserver", **headers).content)

    ended = told(lambda request: HttpResponseRedirect(reverse("account_login") + "?next=/x/y/"))
    assert ended["error"].startswith("Sie sind nicht mehr angemeldet.")
    assert (ended["status"], ended["sign_in"]) == (403, reverse("account_login"))       # not to the address that only takes what is sent
    assert "Datenbank" in told(raising(OperationalError("database is locked")))["error"]
    too_large = told(lambda request: error_pages.bad_request(request, RequestDataTooBig()))
    assert (too_large["status"], "Kürzen Sie den Text." in too_large["error"]) == (413, True)

    strict = Client(enforce_csrf_checks=True, headers={"Accept": "application/json"})
    address = reverse("site:language_set")
    old = strict.post(address, {"language": "en"}, headers={"Origin": "http://testserver"})
    assert (old.status_code, old.json()["error"][:11]) == (403, "Diese Seite")
    renewed = strict.post(address, {"language": "en", "csrfmiddlewaretoken": old.json()["seal"]}, headers={"Origin": "http://testserver"})
    assert renewed.status_code == 302
    strange = strict.post(address, {"language": "en"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (strange.status_code, "seal" in strange.json()) == (403, False)


# Names of hidden fields by which other pages call what somebody types: they are shown where they cannot be told apart.
TYPED_ELSEWHERE = {"code", "column", "contact", "entry", "giver", "line", "new", "old", "priority", "taker", "text", "word"}


def test_only_what_somebody_typed_is_shown_again_and_nothing_that_a_page_hid():
    hidden = re.compile(r'''<input type="hidden"[^>]* name="(\w+)"|^ +(\w+) = .*HiddenInput''', re.M)
    house = Path(error_pages.__file__).parent.parent
    files = [*house.glob("*/templates/**/*.html"), *house.glob("*/forms.py"), *house.glob("*/views/*.py")]
    names = {found[1] or found[2] for file in files for found in hidden.finditer(file.read_text())}
    assert len(names) > 20
    assert {name for name in names - TYPED_ELSEWHERE if not name.startswith("_") and not error_pages.SECRETS.search(name)} <= error_pages.HIDDEN


def test_a_fingerprint_is_sent_again_and_not_shown_and_a_question_of_any_name_is(rf):
    request = rf.post("/", {"of_page": "0a" * 32, "number": "144", "abstract": "Kurz."})

    def shown():
        return [field["label"] for field in error_pages.kept_fields(request) if not field["machine"]]

    assert shown() == ["Eingabe 1"]
    request.labels_of_fields = lambda names: {"number": "Zahl der Plätze"}
    assert shown() == ["Zahl der Plätze", "Eingabe 2"]


def test_the_time_zone_of_the_page_before_does_not_stay(ask):
    with timezone.override("America/New_York"):
        assert text(ask(lambda request: HttpResponse(str(timezone.get_current_timezone())))) == "Europe/Berlin"


def test_a_request_that_is_too_large_is_called_so(rf):
    response = error_pages.bad_request(rf.post("/"), RequestDataTooBig())
    assert response.status_code == 413
    assert "zu groß" in text(response)
    assert error_pages.bad_request(rf.post("/")).status_code == 400


def test_an_unknown_address_gets_a_page_in_house_style(client, db):
    response = client.get("/gibt/es/nicht/")
    assert response.status_code == 404
    assert "Hier ist nichts" in text(response)
    assert "l-header" in text(response)


def test_a_form_without_its_seal_is_refused_and_kept(db):
    strict = Client(enforce_csrf_checks=True, headers={"Origin": "http://testserver"})
    response = strict.post(reverse("site:language_set"), {"language": "en", "note": "Das war lang.", "_asked": "titel:0:1"})
    assert response.status_code == 403
    assert "Bitte senden Sie das noch einmal" in text(response)
    assert "Das war lang." in text(response)
    assert '<input type="hidden" name="_asked" value="titel:0:1">' in response.content.decode()     # sent again, not shown


def test_a_broken_server_still_answers_in_sentences(client, db, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("lorbeer.shared.site_views.safe_next", lambda *_: 1 / 0)
    response = client.post(reverse("site:theme_set"), {"theme": "dark"})
    assert response.status_code == 500
    assert "unser Fehler" in text(response)


def test_a_database_that_fails_outside_of_a_view_is_not_called_our_fault(client, db, monkeypatch):
    def fail(*_args):
        raise OperationalError("database is locked")

    client.raise_request_exception = False
    monkeypatch.setattr("django.contrib.auth.middleware.AuthenticationMiddleware.process_request", fail)
    response = client.get("/gibt/es/nicht/")
    assert response.status_code == 503
    assert "Datenbank" in text(response)

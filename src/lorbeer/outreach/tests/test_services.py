from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection

from lorbeer.call.models import Phase
from lorbeer.call.tests.factories import make_competition
from lorbeer.entries.tests.factories import make_contributor, make_entry
from lorbeer.outreach import queries, services
from lorbeer.outreach.models import LetterOfIntent
from lorbeer.outreach.tests.factories import make_address, make_letter, make_office, make_wave
from lorbeer.people.tests.factories import make_person
from lorbeer.register.tests.factories import make_municipality
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent, Message

pytestmark = pytest.mark.django_db
HEAD = "Kategorie;Name;E-Mail;AGS;Land\n"


def import_text(text, competition=None, encoding="utf-8"):
    return services.import_addresses(competition or make_competition(), text.encode(encoding), by=None)


# --- the list ---


def test_a_list_is_imported_with_key_and_land():
    body = make_municipality(key="05111000", land_code="NW")
    competition = make_competition(register_edition=body.edition)

    report = import_text(HEAD + "kommunen;Stadt A;A@example.org;05111000;\nverbaende;Verein B;b@example.org;;Bayern\n", competition)

    assert report.new == 2
    assert report.doubles == []
    first, second = competition.addresses.order_by("name")
    assert (first.name, first.email, first.municipality, first.land_code) == ("Stadt A", "a@example.org", body, "NW")
    assert (second.municipality, second.land_code) == (None, "BY")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_umlauts_survive_the_encodings_of_excel(encoding):
    competition = make_competition()
    import_text(HEAD + "kommunen;Stadt Köln;post@example.org;;\n", competition, encoding)
    assert competition.addresses.get().name == "Stadt Köln"


def test_every_fault_is_named_with_its_row_and_nothing_is_imported():
    competition = make_competition()
    text = HEAD + "kommunen;Stadt A;a@example.org;;\nkommunen;;b@example.org;;\nkommunen;C;no mail;;\n;D;;;\nkommunen;E;;;Atlantis\n"

    with pytest.raises(BadInput) as caught:
        import_text(text, competition)

    assert [fault.split(":")[0] for fault in caught.value.faults] == ["Zeile 3", "Zeile 4", "Zeile 5", "Zeile 6"] or [
        fault.split(":")[0] for fault in caught.value.faults] == ["Row 3", "Row 4", "Row 5", "Row 6"]
    assert not competition.addresses.exists()


@pytest.mark.parametrize("data", [
    b"", b"\xff\xff\xff", b"PK\x03\x04", "Kategorie;Name\nk;Köln".encode("latin-1"), b"Kategorie;Name\nk;a\0b",
    b"a;b\n1;2\n", b"Kategorie;Name\n", b'Kategorie;Name\nk;"open', b"Kategorie;Name;Name\nk;a;b\n",
    b"Kategorie;Name\nk;" + b"x" * 1_000_000 + b"\n", b"Kategorie;Name\nk;a;b;c\n", b'Kategorie;Name\nk;"a\nb"\n',
    b"\xff\xfeK", b"x" * (10 * 1024 * 1024 + 1),
])
def test_what_is_no_such_list_gets_a_sentence_and_changes_nothing(data):
    competition = make_competition()
    with pytest.raises(BadInput):
        services.import_addresses(competition, data, by=None)
    assert not competition.addresses.exists()


def test_addresses_that_are_there_already_are_named_and_left_out():
    competition = make_competition()
    make_address(competition, email="a@example.org")

    report = import_text(HEAD + "k;A;A@EXAMPLE.org;;\nk;B;b@example.org;;\nk;B2;b@example.org;;\n", competition)

    assert report.new == 1
    assert len(report.doubles) == 2
    assert competition.addresses.filter(name__startswith="B").get().name == "B"


def test_importing_the_same_list_twice_adds_nothing():
    competition = make_competition()
    text = HEAD + "k;A;a@example.org;;\nk;Ohne Mail;;;\n"
    import_text(text, competition)

    assert import_text(text, competition).new == 0
    assert competition.addresses.count() == 2


def test_an_unknown_key_is_a_fault_where_the_call_has_a_register():
    body = make_municipality(key="05111000")
    competition = make_competition(register_edition=body.edition)
    with pytest.raises(BadInput):
        import_text(HEAD + "k;A;;99999999;\n", competition)


# --- waves ---


def test_a_wave_writes_to_its_categories_but_not_to_the_unsubscribed():
    competition = make_competition()
    wanted = make_address(competition)
    make_address(competition, category="other")
    make_address(competition, unsubscribed_at=clock.now())
    make_address(competition, email="")
    wave = make_wave(competition, categories=["kommunen"])

    assert services.send_wave(wave, by=None) == 1

    message = Message.objects.get(kind="wave")
    assert message.recipient == wanted.email
    assert message.title == f"Einladung: {competition.title['de']}"
    assert "{{" not in message.body
    assert queries.unsubscribe_path(wanted) in message.body


def test_a_wave_is_sent_once():
    wave = make_wave(make_address().competition)
    services.send_wave(wave, by=None)

    with pytest.raises(Refused):
        services.send_wave(wave, by=None)

    assert Message.objects.filter(kind="wave").count() == 1
    wave.refresh_from_db()
    assert wave.queued_count == 1


@pytest.mark.django_db(transaction=True)
def test_a_wave_clicked_twice_at_once_is_sent_once():
    competition = make_competition()
    for _number in range(5):
        make_address(competition)
    wave = make_wave(competition)

    def click(_number):
        try:
            return services.send_wave(wave, by=None)
        except (Refused, OperationalError):
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        results = sorted(pool.map(click, range(4)))

    assert results == [0, 0, 0, 5]
    assert Message.objects.filter(kind="wave").count() == 5


def test_a_wave_without_recipient_is_not_sent_and_can_be_sent_later():
    competition = make_competition()
    wave = make_wave(competition)
    with pytest.raises(BadInput):
        services.send_wave(wave, by=None)

    make_address(competition)
    assert services.send_wave(wave, by=None) == 1


@pytest.mark.parametrize("body", ["Guten Tag {{ adress.name }}", "{{ Address.Name }}", "{{ address name }}", "{{ address.name"])
def test_a_letter_with_a_wrong_placeholder_is_not_sent_to_anybody(body):
    competition = make_address().competition
    wave = make_wave(competition, letter=make_letter(competition, body=body))

    with pytest.raises(BadInput):
        services.send_wave(wave, by=None)

    assert not Message.objects.exists()
    wave.refresh_from_db()
    assert wave.queued_at is None


def test_a_name_with_braces_is_no_placeholder():
    competition = make_competition()
    make_address(competition, name="{{ office.email }} {% x %}")
    services.send_wave(make_wave(competition), by=None)
    assert "{{ office.email }} {% x %}" in Message.objects.get(kind="wave").body


def test_a_reminder_leaves_out_those_who_have_announced():
    body = make_municipality()
    competition = make_competition(register_edition=body.edition)
    make_address(competition, municipality=body)
    make_address(competition, email="known@example.org")
    other = make_address(competition)
    for facts in ({"municipality": body}, {"contact_email": "known@example.org"}):
        LetterOfIntent.objects.create(competition=competition, applicant="A", confirmed_at=clock.now(), **facts)

    assert list(queries.addresses_of(make_wave(competition, only_without_intent=True))) == [other]


def test_who_unsubscribes_gets_no_mail_that_still_waits():
    address = make_address()
    other = make_address(address.competition)
    services.send_wave(make_wave(address.competition), by=None)

    services.unsubscribe(address, by=None)
    services.unsubscribe(address, by=None)

    states = dict(Message.objects.filter(kind="wave").values_list("recipient", "state"))
    assert states == {address.email: "stopped", other.email: "waiting"}
    assert LogEvent.objects.filter(verb="address.unsubscribe").count() == 1


def test_a_token_opens_only_its_own_address_in_its_own_competition():
    address = make_address()
    token = queries.unsubscribe_path(address).split("/")[-2]

    assert queries.address_of_token(address.competition, token) == address
    assert queries.address_of_token(make_competition(), token) is None
    assert queries.address_of_token(address.competition, token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert str(address.pk) not in token.split(":")[0] or address.code


def test_the_test_mail_goes_to_the_one_who_asks_and_to_nobody_else():
    competition = make_address().competition
    person = make_person()
    services.send_test(make_wave(competition), to=person)
    assert [message.recipient for message in Message.objects.all()] == [person.email]


# --- letters of intent ---


def make_announcing(ends=datetime(2017, 9, 15, 21, 59, 59, tzinfo=UTC)):
    competition = make_competition()
    competition.phases.filter(kind=Phase.Kind.LETTERS).update(ends_at=ends)
    return competition


@pytest.mark.parametrize(("seconds", "taken"), [(0, True), (0.9, True), (1, False)])
def test_letters_of_intent_are_taken_to_the_last_second(seconds, taken):
    competition = make_announcing()
    with clock.at(datetime(2017, 9, 15, 21, 59, 59, tzinfo=UTC) + timedelta(seconds=seconds)):
        if taken:
            services.record_intent(competition, applicant="A")
        else:
            with pytest.raises(Refused):
                services.record_intent(competition, applicant="A")
    assert competition.letters_of_intent.exists() is taken


def test_the_office_notes_late_letters_but_nobody_else_can_in_its_name():
    competition = make_announcing()
    with clock.at(datetime(2017, 10, 1, tzinfo=UTC)):
        services.record_intent(competition, applicant="A", channel="post", by=make_office(competition))
        with pytest.raises(Refused):
            services.record_intent(competition, applicant="B", by=make_person())
    assert [intent.applicant for intent in competition.letters_of_intent.all()] == ["A"]


def test_a_call_without_that_phase_takes_no_letters_of_intent():
    competition = make_competition()
    competition.phases.filter(kind=Phase.Kind.LETTERS).delete()
    with pytest.raises(Refused):
        services.record_intent(competition, applicant="A")


def test_in_a_later_round_the_open_phase_counts():
    competition = make_announcing()
    Phase.objects.create(competition=competition, kind=Phase.Kind.LETTERS, round=2,
                         starts_at=datetime(2018, 1, 1, tzinfo=UTC), ends_at=datetime(2018, 2, 1, tzinfo=UTC))
    with clock.at(datetime(2017, 9, 1, tzinfo=UTC)):
        services.record_intent(competition, applicant="A")
    with clock.at(datetime(2018, 1, 15, tzinfo=UTC)):
        services.record_intent(competition, applicant="B")
    assert competition.letters_of_intent.count() == 2


def test_the_same_announcement_sent_twice_is_one():
    competition = make_competition()
    first = services.record_intent(competition, applicant="A", contact_email="a@example.org")
    assert services.record_intent(competition, applicant=" A ", contact_email="A@example.org") == first
    assert services.record_intent(competition, applicant="A", contact_email="b@example.org") != first


def test_a_corrected_contact_of_an_announcement_sent_again_is_taken_over_and_leaves_a_trace():
    competition = make_competition()
    facts = {"applicant": "A", "contact_email": "a@example.org"}
    first = services.record_intent(competition, contact_name="A. Beispeil", **facts)

    for name in ("A. Beispiel", "A. Beispiel", ""):
        assert services.record_intent(competition, contact_name=name, **facts) == first

    first.refresh_from_db()
    assert first.contact_name == "A. Beispiel"
    assert [event.subject for event in LogEvent.objects.filter(verb="intent.correct")] == [f"intent:{first.code}"]


def test_an_entry_finds_its_letter_by_municipality_person_or_mail_but_not_by_an_empty_mail():
    body = make_municipality()
    competition = make_competition(register_edition=body.edition)
    entry = make_entry(competition=competition, municipality=body)
    person = make_contributor(entry).person
    belonging = [
        services.record_intent(competition, applicant="A", municipality=body, person=make_person()),
        services.record_intent(competition, applicant="B", person=person),
        services.record_intent(competition, applicant="C", contact_email=person.email),
    ]
    services.record_intent(competition, applicant="D")
    services.record_intent(competition, applicant="E", municipality=body)          # confirmed by nobody

    assert services.link_intents(entry) == 3
    assert set(entry.letters_of_intent.all()) == set(belonging)


def test_a_letter_cannot_be_tied_to_an_entry_of_another_competition():
    intent = services.record_intent(make_competition(), applicant="A")
    with pytest.raises(BadInput):
        services.link_intent(intent, make_entry(), by=make_person())


# --- the funnel ---


def test_the_funnel_counts_each_step_and_its_parts_add_up():
    body = make_municipality()
    competition = make_competition(register_edition=body.edition)
    group = competition.groups.get(code="main")
    for state in ("draft", "withdrawn", "submitted", "inadmissible", "admitted", "awarded"):
        make_entry(competition=competition, state=state, land_code="NW", group=group)
    make_entry(competition=competition, state="admitted")
    make_address(competition, land_code="NW", municipality=body)
    make_address(competition, email="")
    services.record_intent(competition, applicant="A", municipality=body, person=make_person())
    services.record_intent(competition, applicant="B", municipality=body)          # confirmed by nobody

    whole = queries.funnel(competition)

    assert whole == {"addressed": 1, "intents": 1, "drafts": 7, "received": 5, "admitted": 3}
    for by in ("land", "group"):
        rows = queries.funnel_by(competition, by)
        assert {name: sum(row[name] for row in rows) for name in whole} == whole, by
    assert queries.funnel_by(competition, "land")[0]["label"] == "Nordrhein-Westfalen"


# --- languages ---


def test_everybody_is_written_to_in_their_language_where_the_letter_exists_in_it():
    competition = make_competition(languages=["en", "fr", "de"], title={"en": "Prize", "fr": "Prix"})
    wave = make_wave(competition, letter=make_letter(competition, language="en", body="Hello"))
    make_letter(competition, code=wave.letter.code, language="fr", body="Bonjour {{ competition.title }}")
    import_text("Kategorie;Name;E-Mail;Sprache\nx;A;a@example.org;FR\nx;B;b@example.org;\nx;C;c@example.org;de\n", competition)

    assert queries.languages_of(wave) == [("en", 2), ("fr", 1)]
    assert services.send_wave(wave, by=None) == 3
    bodies = dict(Message.objects.values_list("recipient", "body"))
    assert bodies["a@example.org"].startswith("Bonjour Prix")
    assert "No more mails" in bodies["a@example.org"]                   # the house speaks no French
    assert bodies["b@example.org"].startswith("Hello")
    assert bodies["c@example.org"].startswith("Hello")


def test_a_language_that_the_call_does_not_have_is_named_with_its_row():
    with pytest.raises(BadInput) as caught:
        import_text("Kategorie;Name;E-Mail;Sprache\nx;A;a@example.org;it\n")

    assert "it" in caught.value.faults[0]

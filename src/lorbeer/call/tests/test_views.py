import io
import stat
import zipfile
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lorbeer.call import letters
from lorbeer.call.models import CheckPoint, Competition, Letter, Phase
from lorbeer.call.package import import_package
from lorbeer.call.package_zip import import_zip, zip_of
from lorbeer.call.services import change_words
from lorbeer.call.tests.factories import make_competition
from lorbeer.call.tests.test_package import SMALL
from lorbeer.entries.models import Entry
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput
from lorbeer.shared.models import LogEvent
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.django_db
RUNNING = datetime(2017, 10, 1, tzinfo=UTC)
ENDS = datetime(2017, 12, 31, 22, 59, 59, tzinfo=UTC)


def url(name, competition, *args):
    return reverse(f"call:{name}", args=[competition.code, *args])


def make_lead(competition):
    return make_role(competition, Role.Kind.OFFICE_LEAD).person


@pytest.fixture
def call():
    competition = make_competition(closes=ENDS, languages=["de", "en"])
    CheckPoint.objects.create(competition=competition, code="form", label={"de": "Vollständig"}, clause=competition.clauses.get())
    Letter.objects.create(competition=competition, code="receipt", subject="Eingang {{ receipt.number }}", body="{{ entry.title }}")
    return competition


def pages(call):
    return [url("call_show", call), url("letter_list", call), url("package_download", call)], [
        url("phases_edit", call), url("words_edit", call, "group", "main"), url("words_edit", call, "criterion", "criterion-1"),
        url("words_edit", call, "prize", "main"), url("words_edit", call, "clause", "not-eligible"),
        url("words_edit", call, "point", "form"),
    ], [url("letter_new", call), url("letter_edit", call, "receipt", "de"), url("letter_edit", call, "wave_1", "en"),
        url("letter_delete", call, "receipt", "de")]


@pytest.mark.once
def test_who_reads_who_writes_letters_and_who_changes_the_call(client, call):
    reading, changing, writing = pages(call)
    for target in (*reading, *changing, *writing):
        assert client.get(target).status_code == 404, target
    for person, allowed in (
        (make_lead(call), [*reading, *changing, *writing]), (make_role(call, Role.Kind.OFFICE).person, [*reading, *writing]),
        (make_role(call, Role.Kind.AUDITOR).person, reading), (make_role(call, Role.Kind.SPONSOR).person, reading[:1]),
        (make_role(call, Role.Kind.SCREENER).person, []), (make_role(call, Role.Kind.JUROR).person, []),
    ):
        client.force_login(person)
        for target in (*reading, *changing, *writing):
            assert client.get(target).status_code == (200 if target in allowed else 403), (person, target)
    client.force_login(make_lead(make_competition()))
    for target in (*reading, *changing, *writing):
        assert client.get(target).status_code == 404, target


def dates(call, **changed):
    found = {"reason": ""}
    for phase in call.phases.all():
        found[f"starts_{phase.pk}"], found[f"ends_{phase.pk}"] = "2017-06-12", "2017-12-31"
    return found | changed


def test_a_running_deadline_changes_only_with_a_reason_and_after_its_consequences_were_read(client, call):
    client.force_login(make_lead(call))
    phase = call.phases.get(kind=Phase.Kind.ENTRIES)
    call.phases.exclude(pk=phase.pk).update(ends_at=ENDS)
    changed = dates(call, **{f"ends_{phase.pk}": "2018-01-15"})
    with clock.at(RUNNING):
        assert client.post(url("phases_edit", call), changed).status_code == 422
        shown = client.post(url("phases_edit", call), changed | {"reason": "Sturm"})
        phase.refresh_from_db()
        assert (shown.status_code, phase.ends_at) == (200, ENDS)
        assert client.post(url("phases_edit", call), shown.context["kept"] | {"confirmed": "yes"}).status_code == 302
    phase.refresh_from_db()
    assert phase.ends_at == datetime(2018, 1, 15, 22, 59, 59, tzinfo=UTC)
    event = LogEvent.objects.get(verb="phase.change")
    assert (event.detail["reason"], event.detail["before"][1], event.detail["phase"]) == ("Sturm", log.moment(ENDS), "entries")


def test_dates_to_come_change_without_further_question(client, call):
    client.force_login(make_lead(call))
    jury = Phase.objects.create(competition=call, kind=Phase.Kind.JURY, starts_at=datetime(2018, 3, 22, 9, tzinfo=UTC))
    call.phases.exclude(pk=jury.pk).update(starts_at=datetime(2017, 6, 12, 8, tzinfo=UTC), ends_at=ENDS)
    with clock.at(RUNNING):
        answer = client.post(url("phases_edit", call), dates(call, **{f"starts_{jury.pk}": "2018-03-23", f"ends_{jury.pk}": ""}))
    assert answer.status_code == 302
    jury.refresh_from_db()
    assert jury.starts_at == datetime(2018, 3, 22, 23, tzinfo=UTC)
    assert call.phases.get(kind=Phase.Kind.ENTRIES).starts_at.hour == 8     # a day left alone keeps its time


@pytest.mark.parametrize(("name", "value"), [("ends", "2017-01-01"), ("ends", ""), ("starts", "morgen"), ("ends", "2017-13-40")])
def test_dates_that_make_no_sense_are_refused_beside_their_field(client, call, name, value):
    client.force_login(make_lead(call))
    phase = call.phases.get(kind=Phase.Kind.ENTRIES)
    answer = client.post(url("phases_edit", call), dates(call, **{f"{name}_{phase.pk}": value, "reason": "x"}))
    assert answer.status_code == 422
    phase.refresh_from_db()
    assert phase.ends_at == ENDS


def test_words_change_in_all_languages_and_nothing_else_does(client, call):
    client.force_login(make_lead(call))
    group = call.groups.get(code="main")
    data = {"label_de": "Städte", "label_en": "Towns", "heading_de": "Städte", "heading_en": "", "code": "x", "is_special": "on"}
    assert client.post(url("words_edit", call, "group", "main"), data).status_code == 302
    group.refresh_from_db()
    assert (dict(group.label), group.code, group.is_special) == ({"de": "Städte", "en": "Towns"}, "main", False)
    assert client.post(url("words_edit", call, "group", "main"), {"label_de": " "}).status_code == 422
    for kind, code in (("group", "nothing"), ("purse", "main"), ("competition", call.code)):
        assert client.get(url("words_edit", call, kind, code)).status_code == 404


def test_words_by_which_entries_are_judged_change_only_with_a_reason_and_both_texts_stay_in_the_log(client, call):
    client.force_login(make_lead(call))
    Entry.objects.create(competition=call, state="submitted")
    page, data = url("words_edit", call, "criterion", "criterion-1"), {"label_de": "Ganz anders", "description_de": "Neu"}
    criterion = call.criteria.get(code="criterion-1")
    before = dict(criterion.label)

    assert client.post(page, data).status_code == 422
    asked = client.post(page, data | {"reason": "Klarer gesagt"})
    criterion.refresh_from_db()
    assert (asked.status_code, dict(criterion.label)) == (200, before)
    for shown in ("Ganz anders", before["de"], "Klarer gesagt"):
        assert shown in asked.content.decode()
    with pytest.raises(BadInput):
        change_words(call, "criterion", "criterion-1", {"label": Localized(de="x")}, by=make_person())

    assert client.post(page, data | {"reason": "Klarer gesagt", "confirmed": "yes"}).status_code == 302
    criterion.refresh_from_db()
    assert criterion.label["de"] == "Ganz anders"
    told = LogEvent.objects.get(verb="call.reword").detail
    assert (told["reason"], told["before"]["label"], told["after"]["label"]["de"]) == ("Klarer gesagt", before, "Ganz anders")
    assert (told["before_sha256"], told["after_sha256"]) == (log.digest(told["before"]), log.digest(told["after"]))


# --- letters ---


def test_a_letter_is_shown_with_its_sample_and_saved(client, call):
    client.force_login(make_lead(call))
    target = url("letter_edit", call, "receipt", "de")
    data = {"subject": "Da: {{ entry.title }}", "body": "Nummer {{receipt.number}}"}
    preview = client.post(target, data | {"_preview": "yes"})
    assert preview.context["sample"]["title"] == "Da: Ein Garten für alle"
    assert call.letters.get().subject.startswith("Eingang")
    assert client.post(target, data).status_code == 302
    assert call.letters.get().subject == "Da: {{ entry.title }}"


@pytest.mark.parametrize("code", [kind.code for kind in letters.KINDS if not kind.code.endswith("_")])
@pytest.mark.parametrize(("language", "greeting"), [("de", "Guten Tag"), ("en", "Good day")])
def test_a_letter_that_is_not_written_yet_opens_with_the_words_that_go_out(client, call, code, language, greeting):
    call.letters.all().delete()
    client.force_login(make_lead(call))
    target = url("letter_edit", call, code, language)
    form = client.get(target).context["form"]
    opened = {name: form[name].value() for name in ("subject", "body")}

    assert opened["body"].startswith(greeting)
    named = "{{ arrival.number }}" if code == "arrival" else "{{ entry.title }}"
    assert (named in opened["subject"], "{{ office.name }}" in opened["body"]) == (True, True)
    assert not call.letters.exists()
    assert client.post(target, opened).status_code == 302               # nothing in it that the editor refuses
    assert call.letters.get().subject == opened["subject"]


def test_in_another_language_a_letter_opens_with_the_one_that_there_is(client, call):
    client.force_login(make_lead(call))
    answer = client.get(url("letter_edit", call, "receipt", "en"))
    assert answer.context["form"]["body"].value() == "{{ entry.title }}"
    assert "in einer anderen Sprache" in answer.content.decode()
    assert client.get(url("letter_edit", call, "wave_1", "de")).context["form"]["body"].value() == ""


@pytest.mark.parametrize("text", ["{{ entry.titel }}", "{{ award.sum }}", "{{ Entry.title }}", "{{ entry title }}", "{{ entry.title"])
def test_an_unknown_placeholder_is_named_beside_its_field_and_not_saved(client, call, text):
    client.force_login(make_lead(call))
    answer = client.post(url("letter_edit", call, "receipt", "de"), {"subject": "x", "body": f"Guten Tag {text}"})
    assert answer.status_code == 422
    assert text.strip("{} ").split(" ")[0].split(".")[0] in str(answer.context["form"].errors["body"])
    assert call.letters.get().body == "{{ entry.title }}"


def test_every_known_letter_has_a_sample_for_each_placeholder(call):
    for kind in letters.KINDS:
        facts = letters.sample_facts(call, kind, "de")
        body = "\n".join("{{ " + name + " }}" for name in kind.placeholders)
        _title, text = letters.render(Letter(code=kind.code, subject="x", body=body), facts)
        assert "{{" not in text
        assert letters.faults_of(kind.code, "x", body) == []


@pytest.mark.parametrize(("language", "sample"), [
    ("de", ["15. September 2017, 14:03:27 Uhr (MESZ)", "Ein Garten für alle", "Stadt Musterstadt", "31. Januar 2018, 24:00 Uhr (MEZ)",
            "Preis (Gruppe main): 25.000\u00a0€"]),
    ("en", ["15 September 2017, 14:03:27 (CEST)", "A garden for everybody", "Town of Musterstadt", "31 January 2018, 24:00 (CET)",
            "Preis (Gruppe main): €25,000"]),
])
def test_samples_are_written_as_the_letter_is(call, language, sample):
    facts = {kind.code: letters.sample_facts(call, kind, language) for kind in letters.KINDS}

    assert [facts["receipt"]["receipt"]["time"], facts["receipt"]["entry"]["title"], facts["receipt"]["applicant"]["name"],
            facts["completion"]["check"]["until"], facts["result_won"]["award"]["list"]] == sample


def test_a_letter_that_people_write_themselves_may_name_nothing_unknown_to_it(call):
    assert letters.faults_of("greeting", "x", "{{ anything.at_all }}") == []
    assert letters.kind_of("wave_reminder").code == "wave_"
    assert letters.kind_of("greeting") is None


def test_a_letter_is_deleted_after_a_question(client, call):
    client.force_login(make_lead(call))
    target = url("letter_delete", call, "receipt", "de")
    client.get(target)
    assert call.letters.exists()
    client.post(target)
    assert not call.letters.exists()


# --- the package ---


def archive(files, **attributes):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files:
            info = zipfile.ZipInfo(name)
            info.external_attr = attributes.get(name, stat.S_IFREG | 0o644) << 16
            made.writestr(info, content)
    memory.seek(0)
    return memory


def test_a_download_imports_as_the_same_competition(client, call):
    client.force_login(make_lead(call))
    answer = client.get(url("package_download", call))
    assert answer["Content-Type"] == "application/zip"
    assert answer.content == zip_of(call)                               # the same package, the same bytes
    with zipfile.ZipFile(io.BytesIO(answer.content)) as made:
        assert f"{call.code}/letters/receipt.de.md" in made.namelist()
    Competition.objects.get(pk=call.pk).delete()
    again = import_zip(io.BytesIO(answer.content))
    assert (again.code, again.letters.get().subject) == (call.code, "Eingang {{ receipt.number }}")


@pytest.mark.parametrize(("asked", "said"), [("true", 1), ("false", 0)])
def test_a_call_that_asks_for_two_who_key_in_says_so(client, asked, said):
    text = SMALL + f"\n[paper]\nkeyed_twice = {asked}\n"
    client.force_login(make_person(is_operator=True))
    answer = client.post(reverse("package_import"), {
        "file": SimpleUploadedFile("x.zip", archive([("competition.toml", text)]).read())}, follow=True)
    assert answer.status_code == 200
    assert answer.content.decode().count("Beiträge auf Papier werden zweimal erfasst.") == said


@pytest.mark.parametrize("inside", ["", "fonds/"])
def test_the_manifest_lies_on_top_or_in_one_folder(inside):
    made = import_zip(archive([(f"{inside}competition.toml", SMALL), ("__MACOSX/._x", b"x")]))
    assert made.code == "fonds"


@pytest.mark.parametrize("name", ["../evil.toml", "/etc/evil", "a/../../evil", "..\\evil", "C:evil", "x" * 400])
def test_no_name_leads_out_of_the_package(name, tmp_path):
    with pytest.raises(BadInput):
        import_zip(archive([("competition.toml", SMALL), (name, b"x")]))
    assert not Competition.objects.exists()


def test_links_twins_bombs_and_broken_archives_are_refused():
    link = archive([("competition.toml", SMALL), ("letters/x.de.md", "/etc/passwd")], **{"letters/x.de.md": stat.S_IFLNK | 0o777})
    bomb = archive([("competition.toml", SMALL), ("book/x.md", b"0" * (21 * 1024 * 1024))])
    twin = archive([("competition.toml", SMALL), ("COMPETITION.toml", SMALL)])
    many = archive([(f"pages/{number}", b"") for number in range(5_001)])
    cut = io.BytesIO(archive([("competition.toml", SMALL)]).getvalue()[:-30])
    wrong = bytearray(archive([("competition.toml", SMALL * 20)]).getvalue())
    wrong[60:80] = b"\xff" * 20
    for made in (link, bomb, twin, many, cut, io.BytesIO(bytes(wrong)), io.BytesIO(b""), io.BytesIO(b"PK"), archive([("x", b"")])):
        with pytest.raises(BadInput):
            import_zip(made)
    assert not Competition.objects.exists()


def test_only_operators_import_on_screen_and_every_fault_is_shown(client, call):
    target = reverse("package_import")
    client.force_login(make_lead(call))
    assert client.get(target).status_code == 404
    client.force_login(make_person(is_operator=True))
    assert client.get(target).status_code == 200

    def send(text):
        return client.post(target, {"file": SimpleUploadedFile("x.zip", archive([("competition.toml", text)]).read())})

    wrong = send(SMALL.replace('label = "Förderung"', ""))
    assert wrong.status_code == 422
    page = wrong.content.decode()
    assert (page.count("prizes[1].label"), page.count("1 Fehler wurde gefunden"), page.count("noch einmal aus")) == (1, 1, 1)
    assert "ist noch da" not in page                                    # a file never is
    nothing = client.post(target, {"file": SimpleUploadedFile("x.zip", b"no ZIP")}).content.decode()
    assert nothing.count("nicht als ZIP lesen") == 1
    assert "ist noch da" not in client.post(target, {}).content.decode()
    assert send(SMALL).status_code == 302
    assert "Kein Fragebogen" in client.get(target).content.decode()     # it brings none, and says so
    assert Competition.objects.filter(code="fonds").exists()


def test_the_jurys_rule_about_the_own_land_survives_the_package(tmp_path):
    (tmp_path / "competition.toml").write_text(SMALL + "\n[jury]\nexclude_own_land = true\n")
    assert import_package(tmp_path).jury["exclude_own_land"] is True


def test_the_lead_changes_who_is_sorted_into_a_group_and_a_broken_condition_is_refused_beside_its_field(client, call):
    lead = make_lead(call)
    client.force_login(lead)
    place = url("rule_edit", call, "main")
    assert client.get(place).status_code == 200

    refused = client.post(place, {"condition": "${nobody} < 3", "legal_statuses": ["kreisfrei"]})
    assert refused.status_code == 422
    assert "nobody" in str(refused.context["form"].errors["condition"])

    assert client.post(place, {"condition": " ${register.population} < 20000 ", "legal_statuses": ["kreisfrei"]}).status_code == 302
    group = call.groups.get(code="main")
    assert (group.condition, group.legal_statuses) == ("${register.population} < 20000", ["kreisfrei"])
    assert "register.population" in client.get(url("call_show", call)).content.decode()
    assert LogEvent.objects.get(verb="call.rule").detail["after"] == [["kreisfrei"], "${register.population} < 20000"]

    Entry.objects.create(competition=call, group=group)
    assert client.post(place, {"condition": ""}).status_code == 422
    assert client.post(place, {"condition": "", "reason": "So beschlossen."}).status_code == 302
    assert client.get(url("rule_edit", call, "special")).status_code == 404


def test_only_the_lead_changes_the_rule_of_a_group(client, call):
    client.force_login(make_role(call, "office").person)

    assert client.get(url("rule_edit", call, "main")).status_code == 403
    assert client.post(url("rule_edit", call, "main"), {"condition": ""}).status_code == 403


def test_a_call_without_criteria_says_so_and_shows_no_empty_list(client, call):
    client.force_login(make_lead(call))
    assert '<ol class="kern-list kern-list--number"><li>' in client.get(url("call_show", call)).text
    call.criteria.all().delete()
    page = client.get(url("call_show", call)).text
    assert ("<p>Keine.</p>" in page, '<ol class="kern-list kern-list--number"' in page) == (True, False)
    assert "Punkte je Kriterium" not in page

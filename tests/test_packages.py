"""Three competitions that have little in common with that of 2017 run through all their stages without a line of code.

`packages/` holds them: a photo prize of pupils without screening or money, a firms' prize in English and French without
a formal check, and research funding with a register, a purse and a book. Each is imported, exported and imported again,
and walked through the pages from the open form to the announcement and the public database.
"""

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from openpyxl import load_workbook

from lorbeer.awards.models import Award
from lorbeer.call.models import Competition, Phase
from lorbeer.call.package import export_package, import_package
from lorbeer.documentation.possible import faults_in
from lorbeer.documentation.tests.factories import make_dataset
from lorbeer.entries.models import Entry, State
from lorbeer.intake.services import register_arrival, start_key_in
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.questionnaire.queries import current_version, form_of
from lorbeer.screening.models import JointSession, Vote
from lorbeer.shared import clock, context, navigation
from lorbeer.shared.desk import tasks_for
from lorbeer.shared.errors import BadInput
from lorbeer.shared.models import Message

pytestmark = pytest.mark.django_db

PACKAGES = Path(__file__).parent / "packages"
NAMES = sorted(path.name for path in PACKAGES.iterdir())
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BACKEND = "lorbeer.people.backends.AccountBackend"


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("name", NAMES)
def test_a_package_is_written_back_without_loss(name, tmp_path):
    with clock.at(NOON):
        competition = import_package(PACKAGES / name)
    export_package(competition, tmp_path / "first")
    Competition.objects.filter(pk=competition.pk).delete()
    export_package(import_package(tmp_path / "first"), tmp_path / "second")

    first, second = files_of(tmp_path / "first"), files_of(tmp_path / "second")
    assert set(first) == set(files_of(PACKAGES / name))
    assert {key: text for key, text in first.items() if not key.endswith(".xlsx")} == {
        key: text for key, text in second.items() if not key.endswith(".xlsx")}
    assert [(group.code, group.condition) for group in import_package(PACKAGES / name).groups.all()] == [
        (group.code, group.condition) for group in import_package(tmp_path / "second").groups.all()]


@pytest.mark.parametrize(("name", "file", "old", "new", "place"), [
    ("forschung", "book/01-vorwort.md", "{{ numbers.admitted }}", "4", "line 3: “4” – This number was typed by hand"),
    ("forschung", "book/01-vorwort.md", "numbers.admitted", "numbers.admited", "line 3: “{{ numbers.admited }}” – No dataset of this call"),
    ("forschung", "book/01-vorwort.md", "{{ numbers.admitted }}", "{{ tab1.total.verbunden }}", "line 3: "),
    ("fairwork", "tables.toml", 'code = "tab1"', 'code = "explore"', "tables[1].code: “explore” is an address"),
    ("forschung", "tables.toml", 'code = "tab1"', 'code = "tab1"\nfilter = { verbundt = ["ja"] }', "tables[1].filter.verbundt: "),
    ("forschung", "tables.toml", 'code = "tab1"', 'code = "tab1"\nfilter = { verbund = ["jein"] }', "tables[1].filter.verbund: "),
    ("forschung", "tables.toml", 'code = "tab1"', 'code = "tab1"\nfilter = { titel = ["Meins"] }', "tables[1].filter.titel: “titel” has no"),
    ("fairwork", "pages/10-about.fr.md", None, "10-about.de.md", "is in a language that the call does not have"),
    ("forschung", "book/01-vorwort.md", None, "02-new.md", "“new” is an address"),
    ("forschung", "questionnaire.xlsx", "title", None, "No question has the role “title”"),
])
def test_what_contradicts_itself_is_refused_with_file_and_place(name, file, old, new, place, tmp_path):
    folder = shutil.copytree(PACKAGES / name, tmp_path / name)
    path = folder / file
    if old is None:
        path = path.rename(path.with_name(new))
    elif path.suffix == ".xlsx":
        book = load_workbook(path)
        for cell in (cell for row in book["survey"] for cell in row if cell.value == old):
            cell.value = None
        book.save(path)
    else:
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    with translation.override("en"), pytest.raises(BadInput) as caught:
        import_package(folder)

    expected = f"{path.relative_to(folder)}: {place}"
    assert [fault[:len(expected)] for fault in caught.value.faults] == [expected]


def test_every_name_that_a_book_has_can_be_told_before(tmp_path):
    """What `possible` invents and what a real dataset says have the same names."""
    dataset = make_dataset()
    competition = import_package(PACKAGES / "forschung")
    ours = {re.sub(r"^(numbers|awards)[.]groups[.][^.]+|^prizes[.].*|^dates[.].*", r"\1", path)
            for path in dataset.values if not re.match(r"tab\d", path)}
    text = "\n".join("{{ " + path + " }}" for path in sorted(ours) if "." in path and path.split(".")[0] in {
        "numbers", "awards", "competition", "edition"} and not path.endswith((".", "percent", ".count", ".sum")))

    assert text.count("{{") > 25
    assert faults_in("Ein Titel", text, competition) == []


class Walk:
    """One competition from the open form on, through the pages alone; every page that is visited must answer."""

    def __init__(self, name, **people):
        self.now = NOON
        with clock.at(self.now):
            self.competition = import_package(PACKAGES / name)
            self.people = {
                role: [make_role(self.competition, role, make_person(name=f"{role} {number}")).person for number in range(count)]
                for role, count in {"office_lead": 1, "editor": 1, **people}.items()
            }
        self.clients, self.entered = {}, []

    def client(self, person):
        if person.pk not in self.clients:
            self.clients[person.pk] = Client()
            self.clients[person.pk].force_login(person, backend=BACKEND)
        return self.clients[person.pk]

    @property
    def lead(self):
        return self.people["office_lead"][0]

    def url(self, name, *parts):
        return reverse(name, args=[self.competition.code, *parts])

    def get(self, person, name, *parts, status=200, query=""):
        with clock.at(self.now):
            answer = (self.client(person) if person else Client()).get(self.url(name, *parts) + query)
        assert answer.status_code == status, (name, answer.status_code, answer.content.decode()[:3000])
        page = "" if answer.streaming or not answer["Content-Type"].startswith("text/html") else answer.content.decode()
        self.speaks_of_nothing_else(person, name, page)
        return page

    def speaks_of_nothing_else(self, person, name, page):
        """No page has words of a stage that this call does not have; but the log has kinds of events of any call, and who was given the role
        of a screener all the same is called so on their own pages and in the team."""
        if person in self.people.get("screener", ()) or name in ("audit/", "team/", "people:team_list"):
            return
        lacking = {
            r"[Ff]ormale[nr]? Prüfung|[Ff]ormal check": not self.competition.has_check,
            r"Vorprüf|vorgeprüft|\b[Ss]creen(er|ing|ed)\b": not self.competition.has_screening,
            r"Absichtserklärung|[Ll]etters? of intent": not self.competition.phases.filter(kind=Phase.Kind.LETTERS).exists(),
        }
        for words, is_lacking in lacking.items():
            found = re.search(rf".{{0,80}}({words}).{{0,80}}", visible(page)) if is_lacking else None
            assert found is None, (name, found[0])

    def key_in_on_paper(self):
        """What the office sees of a letter on its way to an entry; nothing of it is kept."""
        now = timezone.localtime(self.now, ZoneInfo(self.competition.time_zone))
        with clock.at(self.now), transaction.atomic():
            self.get(self.lead, "intake:arrival_register")
            arrival = register_arrival(
                self.competition, channel="post", by=self.lead, arrived_at=self.now, postmarked_on=now.date(), sender="Anna")
            start_key_in(arrival, by=self.lead)
            arrival.refresh_from_db()
            for name in ("entry_show", "entry_check", "entry_submit", "entry_preview"):
                self.get(self.lead, f"intake:{name}", arrival.entry.code)
            key = form_of(current_version(self.competition)).keyed_sections()[0][0]
            self.get(self.lead, "intake:section_edit", arrival.entry.code, key)
            self.get(self.lead, "intake:arrival_show", arrival.number)
            for name in ("arrival_list", "duplicate_list", "stack_list"):
                self.get(self.lead, f"intake:{name}")
            transaction.set_rollback(True)

    def post(self, person, name, /, *parts, **data):
        """Send a form; it must be taken."""
        with clock.at(self.now):
            answer = self.client(person).post(self.url(name, *parts), data)
        form = (answer.context or {}).get("form") if answer.status_code != 302 else None
        assert answer.status_code == 302, (name, answer.status_code, getattr(form, "errors", None))
        return answer.url

    def confirm(self, person, name, /, *parts, **data):
        """Send a form that asks first, and then what the page that asks carries along."""
        with clock.at(self.now):
            asked = self.client(person).post(self.url(name, *parts), data).content.decode()
        return self.post(person, name, *parts, **dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)" id=', asked)))

    def enter(self, answers, **start):
        """Begin, fill in section by section, submit: a person of its own."""
        person = make_person(name=f"Applicant of {answers}"[:80], language=self.competition.first_language)
        with clock.at(self.now):
            self.post(person, "intake:entry_start", **start)
            entry = Entry.objects.filter(contributors__person=person).get()
            form = form_of(current_version(self.competition))
            for key, section in form.keyed_sections() * 2:             # what hangs on an answer is asked afterwards
                names = {item.name for item in section.items}
                self.post(person, "intake:section_edit", entry.code, key,
                          **{name: value for name, value in answers.items() if name in names})
            page = self.get(person, "intake:entry_check", entry.code)
            answer = self.client(person).post(self.url("intake:entry_submit", entry.code), {"number": "1"})
            assert "receipt" in answer.url, visible(page)
            self.get(person, "intake:receipt_show", entry.code, entry.submissions.get().receipt_number)
        entry.refresh_from_db()
        self.entered.append((entry, person))
        return entry, person

    def later(self, days):
        self.now += timedelta(days=days)

    def tasks(self, person):
        with clock.at(self.now):
            return [str(task.label) for task in tasks_for(person, self.competition)]

    def links(self, person):
        """The addresses in somebody's main navigation."""
        page = self.get(person, "website:desk")
        menu = page[page.index("<nav"):page.index("</nav>")]
        return {link.removeprefix(f"/{self.competition.code}/") for link in re.findall(r'href="([^"]+)"', menu)}

    def screen(self, options):
        """Assign, write and seal every vote; `options`: entry code → option."""
        self.later(1)
        self.post(self.lead, "screening:run_propose", seed="7", spread="3")
        run = self.competition.assignment_runs.get()
        self.get(self.lead, "screening:run_show", run.code)
        self.post(self.lead, "screening:run_accept", run.code, due_on=(self.now + timedelta(days=5)).date().isoformat())
        for vote in Vote.objects.filter(entry__competition=self.competition).select_related("entry", "screener"):
            code = vote.entry.code
            self.get(vote.screener, "screening:vote_list")
            self.post(vote.screener, "screening:vote_open", code)
            sheet = {f"points_{one.code}": "3" for one in self.competition.criteria.all()}
            sheet |= {f"reason_{one.code}": "good" for one in self.competition.criteria.all()}
            self.post(vote.screener, "screening:vote_save", code, option=options[code], reason="so it is", **sheet)
            shown = re.search(r'name="shown" value="(\w+)"', self.get(vote.screener, "screening:vote_seal", code))[1]
            self.post(vote.screener, "screening:vote_seal", code, shown=shown)
        self.get(self.lead, "screening:session_list")
        self.post(self.lead, "screening:session_plan", held_on=self.now.date().isoformat())
        session = JointSession.objects.get(competition=self.competition)
        screeners = [person.pk for person in self.people["screener"]]
        self.post(self.lead, "screening:session_open", session.code, present=screeners, chaired_by=screeners[0])
        for item in session.items.all():
            self.get(self.lead, "screening:item_show", session.code, item.entry.code)
        self.post(self.lead, "screening:agreeing_confirm", session.code, entry=list(options))
        self.post(self.lead, "screening:session_close", session.code)

    def gather(self):
        """Appoint the jury, plan and open the meeting; everybody declares and comes."""
        jurors = self.people["juror"]
        for number, person in enumerate(jurors):
            self.post(self.lead, "jury:member_list", person=person.code, kind="member" if number else "chair", votes="on",
                      appointed_on="2026-03-01")
        self.get(self.lead, "jury:meeting_list")
        self.post(self.lead, "jury:meeting_plan", round="1", held_on=self.now.date().isoformat())
        for person in jurors:
            self.post(person, "jury:bias_declare", 1, confirm="on")
            self.get(person, "jury:dossier_show", 1)
        self.post(self.lead, "jury:meeting_open", 1)
        for person in jurors:
            self.post(self.lead, "jury:member_arrive", 1, person.code)
        self.get(self.lead, "jury:desk_show", 1)
        self.get(self.lead, "jury:wall_show", 1)
        return self.competition.jury_meetings.get()

    def finish(self):
        """Close, approve, announce, publish; then everything that is public answers."""
        self.post(self.lead, "jury:meeting_close", 1)
        self.get(self.lead, "jury:minutes_show", 1)
        before = self.get(None, "website:competition_home")
        self.get(self.lead, "awards:result_list")
        self.post(self.people.get("sponsor", [self.lead])[0], "awards:results_approve", 1)
        self.post(self.lead, "awards:results_announce", 1, at_once="on")
        self.later(1)
        for entry, person in self.entered:
            self.post(person, "editions:entry_release", entry.code, parts=["entry", "abstract"])
        self.post(self.lead, "editions:edition_freeze", note="Stand der Bekanntgabe")
        self.post(self.lead, "editions:edition_publish", 1)
        after = self.get(None, "website:competition_home")
        self.get(None, "catalogue:entry_list")
        self.get(self.people["editor"][0], "statistics:table_list")
        self.get(self.people["editor"][0], "statistics:table_show", "tab1")
        for person in [person for people in self.people.values() for person in people]:
            self.get(person, "website:desk")
        return before, after

    def everything_in_the_navigation_answers(self):
        for role, people in self.people.items():
            for link in self.links(people[0]):
                with clock.at(self.now):
                    answer = self.client(people[0]).get(f"/{self.competition.code}/{link}")
                assert answer.status_code in (200, 302), (role, link, answer.status_code)
                if answer.status_code == 200 and not answer.streaming and answer["Content-Type"].startswith("text/html"):
                    self.speaks_of_nothing_else(people[0], link, answer.content.decode())


def visible(page):
    page = re.sub(r"(?s)<(script|style|head).*?</\1>", " ", page)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.once                                                       # the third walks on both engines
def test_a_photo_prize_goes_from_the_form_to_the_jury_without_screening_check_or_money():
    walk = Walk("fotopreis", juror=3, screener=1)
    page = visible(walk.get(None, "website:competition_home"))
    assert "1. Preis: eine Kamera" in page
    assert "€" not in page

    def photo(title, age, **more):
        return walk.enter({
            "titel": title, "name": f"Kind {title}", "alter": str(age), "motiv": "rad", "erklaerung": "Ein Rad.", "eltern": "E. Beispiel",
            "email": "e@example.org", "ja_eltern": "on", "zeigen": "ja"} | more, applicant=f"Kind {title}")

    first, child = photo("Laterne", 9)
    second, _person = photo("Ampel", 10)
    third, _person = photo("Pfütze", 8)
    fourth, _person = photo("Regen", 7)
    teen, _person = photo("Brücke", 17)
    grown, _person = photo("Zug", 18)
    assert [entry.group.code for entry in (first, second, third, fourth, teen, grown)] == ["kinder"] * 4 + ["jugendliche"] * 2
    assert Message.objects.get(kind="receipt", subject=f"entry:{first.code}").title == "Dein Foto ist da: Laterne"

    # no room of a stage that this call does not have
    links = walk.links(walk.lead)
    assert not [link for link in links if link.startswith(("check/", "screening/", "book/"))], links
    assert "money/" not in links
    assert walk.links(walk.people["screener"][0]) == {"desk/"}
    walk.key_in_on_paper()
    team = visible(walk.get(walk.lead, "people:team_list"))             # nobody else is asked to screen
    assert team.count("Vorprüf") == 1
    walk.everything_in_the_navigation_answers()
    assert set(walk.tasks(walk.lead)) == {"Aussendung „An die Schulen“ verschicken", "Jury berufen"}
    walk.later(11)
    assert len(walk.tasks(walk.lead)) == 3                              # besides: take in what has arrived
    walk.get(walk.lead, "formal_check:entries_take_in")
    walk.post(walk.lead, "formal_check:entries_take_in")
    assert set(walk.competition.entries.values_list("state", flat=True)) == {State.ADMITTED}
    assert not Message.objects.filter(kind="admission").exists()

    walk.later(9)
    assert len(walk.tasks(walk.lead)) == 3                              # which is done: now plan the meeting, too
    meeting = walk.gather()
    assert meeting.items.count() == 6
    children = {item.entry.title: item for item in meeting.items.filter(group__code="kinder")}
    ranks = {"Ampel": 1, "Pfütze": 2, "Laterne": 3, "Regen": 4}
    for group in ("kinder", "jugendliche"):
        walk.post(walk.lead, "jury:poll_open", 1, group, mode="ranking", prize="")
    for person in walk.people["juror"]:
        walk.post(person, "jury:ranking_cast", 1, "kinder", ballot=1, **{
            f"item_{children[title].position}": rank for title, rank in ranks.items()})
        walk.post(person, "jury:ranking_cast", 1, "jugendliche", ballot=1, **{
            f"item_{item.position}": 1 if item.entry == teen else 2 for item in meeting.items.filter(group__code="jugendliche")})
    walk.get(walk.lead, "jury:ranking_show", 1, "kinder")
    for group in ("kinder", "jugendliche"):
        walk.post(walk.lead, "jury:poll_close", 1, group, ballot=1)
        walk.confirm(walk.lead, "jury:ranking_show", 1, group, ballot=1, tie_order="", tie_reason="")

    before, after = walk.finish()
    assert "Ampel" not in before
    awards = {award.entry.title: award.prize.code for award in Award.objects.all()}
    assert awards == {"Ampel": "kinder1", "Pfütze": "kinder2", "Laterne": "kinder3", "Brücke": "jugendliche1"}
    assert "3. Preis: ein Buch" in after
    assert "€" not in visible(after)
    detail = visible(walk.get(None, "catalogue:entry_detail", first.code))
    assert "3. Preis: ein Buch" in detail
    assert "€" not in detail
    mine = visible(walk.get(child, "awards:result_show", first.code))
    assert "3. Preis: ein Buch" in mine
    assert "€" not in mine
    first.refresh_from_db()
    assert [move.name for move in first.history.all()] == ["submit", "admit", "award"]
    walk.get(walk.lead, "awards:certificate_pdf", Award.objects.get(entry=first).code)
    walk.get(child, "entries:entry_show", first.code)
    walk.everything_in_the_navigation_answers()


@pytest.mark.once                                                       # the third walks on both engines
def test_a_firms_prize_speaks_english_and_is_read_by_three():
    walk = Walk("fairwork", juror=3, screener=4, sponsor=1)
    page = walk.get(None, "website:competition_home")
    assert '<html lang="en"' in page
    assert "Bavaria" in page
    assert "Enter by" in page

    def nominate(firm, state, **more):
        return walk.enter({"firm_name": firm, "state": state, "what": f"Four days at {firm}", "why": "Because it works.",
                           "relation": "other", "your_name": "N. Nominator", "your_email": "n@example.org",
                           "works_council": "the council", "publish": "yes"} | more, applicant=firm)

    bavarian, person = nominate("Weave Ltd", "BY")
    northern, _person = nominate("Forge AG", "NW")
    western, _person = nominate("Mine e.V.", "SL")
    assert [entry.group.code for entry in (bavarian, northern, western)] == ["by", "nw", "others"]
    assert [entry.land_code for entry in (bavarian, northern, western)] == ["BY", "NW", "SL"]
    receipt = Message.objects.get(kind="receipt", subject=f"entry:{bavarian.code}")
    assert receipt.body.startswith("Good day,")
    assert "(WET)" in receipt.body                                      # Lisbon

    assert not [link for link in walk.links(walk.lead) if link.startswith(("check/", "intents/", "book/", "screening/opinions"))]
    walk.everything_in_the_navigation_answers()
    walk.later(11)
    walk.post(walk.lead, "formal_check:entries_take_in")
    walk.screen({bavarian.code: "shortlist", northern.code: "pass", western.code: "shortlist"})
    assert Vote.objects.count() == 9
    points = walk.get(walk.lead, "screening:votes_show", bavarian.code)
    assert "18" in visible(points)                                      # 3 points each, weighted 3 + 2 + 1
    walk.later(3)
    meeting = walk.gather()
    assert {item.entry for item in meeting.items.all()} == {bavarian, western}
    for item in meeting.items.all():
        walk.post(walk.lead, "jury:item_call", 1, item.position)
        walk.post(walk.lead, "jury:item_decide", 1, item.position, result="awarded", mode="consensus", prize=item.group.prizes.get().code)

    _before, after = walk.finish()
    assert "Fair Work in Bavaria" in after
    won = Message.objects.get(kind="result", subject=f"entry:{bavarian.code}")
    assert won.title == f"You have won: {bavarian.title}"
    assert "Fair Work in Bavaria (Bavaria)\n" in won.body
    detail = visible(walk.get(None, "catalogue:entry_detail", bavarian.code))
    assert "Fair Work in Bavaria" in detail
    assert "€" not in detail + visible(after)
    walk.get(person, "awards:result_show", bavarian.code)
    walk.everything_in_the_navigation_answers()


def test_research_funding_sorts_by_register_and_costs_and_ends_with_a_book():
    walk = Walk("forschung", juror=3, screener=2, sponsor=1)
    register = walk.competition.register_edition
    asked = visible(walk.get(None, "website:competition_home", query="?place=Kleinstadt"))
    assert "Kleinstadt (18.000 Einwohner): große Vorhaben kleiner Kommunen oder Verbünde oder übrige Vorhaben" in asked
    assert "Musterkreis (300.000 Einwohner): Verbünde" in visible(walk.get(None, "website:competition_home", query="?place=Musterkreis"))

    def apply(key, money, alliance="nein"):
        body = register.municipalities.get(key=key)
        return walk.enter({"titel": f"Labor {body.name} {money}", "kommune": key, "kurz": "Kurz.", "verbund": alliance, "summe": money,
                           "email": "a@example.org", "frei": "ja"}, applicant=key)

    small, _person = apply("05158004", "30000")
    cheap, _person = apply("05158004", "15000")
    town, _person = apply("05111000", "50000", alliance="ja")
    district, _person = apply("05158", "50000")
    groups = [entry.group.code for entry in (small, cheap, town, district)]
    assert groups == ["gross", "alle", "verbuende", "verbuende"]

    walk.everything_in_the_navigation_answers()
    walk.later(12)
    assert walk.tasks(walk.lead)
    for entry in (small, cheap, town, district):
        page = visible(walk.get(walk.lead, "formal_check:check_show", entry.code))
        assert f"{entry.group.label} (nach der Regel)" in page
        walk.post(walk.lead, "formal_check:check_show", entry.code, decision="admitted", seen="1", group=entry.group.pk, point_plan="yes")
    walk.later(4)
    walk.screen({entry.code: "ja" if entry != cheap else "nein" for entry in (small, cheap, town, district)})
    assert Vote.objects.count() == 4
    walk.later(5)
    meeting = walk.gather()
    for item in meeting.items.all():
        walk.post(walk.lead, "jury:item_call", 1, item.position)
        for person in walk.people["juror"]:
            walk.post(person, "jury:ballot_cast", 1, item.position, choice="yes" if item.entry != district else "no")
        walk.post(walk.lead, "jury:item_decide", 1, item.position, result="majority", mode="open",
                  prize=item.group.prizes.get().code, amount="")
    before, after = walk.finish()
    assert "30.000 €" not in visible(before)
    assert "30.000 €" in visible(after)
    assert sorted(Award.objects.values_list("amount_cents", flat=True)) == [3_000_000, 5_000_000]
    walk.get(None, "catalogue:entry_detail", small.code)
    editor = walk.people["editor"][0]
    walk.get(editor, "documentation:chapter_list")
    assert "Zugelassen wurden 4 Vorhaben." in visible(walk.get(editor, "documentation:chapter_edit", "vorwort"))
    award = Award.objects.get(entry=small)
    walk.post(walk.lead, "follow_up:payment_record", award.code, amount="30.000", paid_on=walk.now.date().isoformat(), note="")
    walk.get(walk.lead, "follow_up:payment_list")
    walk.everything_in_the_navigation_answers()


def test_the_roles_of_the_house_are_those_of_the_navigation():
    """What the walks go through is what there is: no role has a menu of its own that they do not know."""
    assert {role for item in navigation._items.values() for role in item.roles} <= set(context.ROLES)

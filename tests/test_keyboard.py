"""One competition from the form to the public page with the keyboard alone: no click, no filled field, no typed address.

Each person is given the first address; from there on only keys are pressed, in a real Chromium. The names of what has
the focus are those that the browser tells a screen reader.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Error, expect

from lorbeer.awards.models import Announcement
from lorbeer.call.package import import_package
from lorbeer.editions import services as editions
from lorbeer.entries.models import Entry, State
from lorbeer.jury import services as jury
from lorbeer.jury.models import Member
from lorbeer.people.models import Role
from lorbeer.people.services import grant_role
from lorbeer.people.tests.factories import make_person
from lorbeer.screening import services as screening
from lorbeer.screening.models import Vote
from lorbeer.shared import clock
from tests.world import HOME, PACKAGES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TITLE = "Hofgarten für alle"
# What one sees of the focus, on the element itself or on the box around it; and whether it lies in the open.
SEEN = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  while (!document.activeElement) await frame();
  const element = document.activeElement;
  let ring = "";
  for (let box = element; box && box !== document.body && !ring; box = box.parentElement) {
    const style = getComputedStyle(box);
    if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) ring = "outline";
  }
  const lies = place => place.bottom > 0 && place.top < innerHeight && place.width > 0 && place.height > 0;
  for (let frames = 0; frames < 120 && !lies(element.getBoundingClientRect()); frames++) await frame();      // it scrolls
  const inside = lies(element.getBoundingClientRect());
  return {tag: element.tagName, type: element.type || "", ring, inside};
}"""


@dataclass
class Hands:
    """Somebody at a page with nothing but the keyboard."""

    page: Any
    passed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tools = self.page.context.new_cdp_session(self.page)

    def stop(self) -> tuple[str, str, dict[str, Any]]:
        """Role and name of what has the focus, as a screen reader hears them, and how it looks."""
        try:
            seen = self.page.evaluate(SEEN)
        except Error:                                                   # the page that was followed to is only coming now
            self.page.wait_for_load_state()
            seen = self.page.evaluate(SEEN)
        for _try in range(10):                                          # on a new page the browser names things a little later
            handle = self.tools.send("Runtime.evaluate", {"expression": "document.activeElement"})["result"]["objectId"]
            tree = self.tools.send("Accessibility.getPartialAXTree", {"objectId": handle, "fetchRelatives": False})["nodes"][0]
            said = " ".join(tree.get("name", {}).get("value", "").split())
            if said or seen["tag"] == "BODY":
                break
            self.page.wait_for_timeout(30)
        return tree.get("role", {}).get("value", ""), said, seen

    def to(self, name: str, *, key: str = "Tab", most: int = 40) -> None:
        """Press `key` until what is called `name` has the focus."""
        self.passed = []
        last, same = None, 0
        for _ in range(most):
            self.page.keyboard.press(key)
            role, said, seen = self.stop()
            self.passed.append(f"{role} “{said}”")
            where = f"{self.page.url}, looking for “{name}”: " + " → ".join(self.passed)
            if seen["tag"] == "BODY":
                continue                                                # the end of the page: the browser begins again
            assert seen["ring"], f"One cannot see the focus on {role} “{said}” at {where}"
            assert seen["inside"], f"The focus is out of sight on {role} “{said}” at {where}"
            same = same + 1 if (role, said) == last else 0
            last = (role, said)
            assert same < 6, f"The focus is trapped at {where}"
            if said == name or said.startswith(name):
                return
        raise AssertionError(f"{most} times {key} and no “{name}” at {where}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        """Type, and look whether it stands there: a browser under load drops synthetic keys now and then, people's it keeps."""
        for _try in range(3):
            self.page.keyboard.type(text)
            if self.page.evaluate("document.activeElement.value"):
                return
        raise AssertionError(f"Nothing stands in the field of {self.page.url} after typing “{text}”")

    def follow(self, name: str, *, key: str = "Enter", most: int = 40) -> None:
        """Go to a link or button and set it off; wait for the page that comes."""
        self.to(name, most=most)
        with self.page.expect_navigation():
            self.press(key)

    def back_to(self, name: str, **options: Any) -> None:
        self.to(name, key="Shift+Tab", **options)

    def skip(self) -> None:
        """Past head and menu with the first key on every page; the browser stays there when a form comes back."""
        if self.page.url.endswith("#main"):
            return
        self.to("Zum Inhalt springen", most=1)
        self.press("Enter")
        self.page.wait_for_url("**#main")


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`travel(days)`: for the server, too, it is so many days later."""
    real, ahead = clock.now, timedelta()

    def go(days: int) -> None:
        nonlocal ahead
        ahead += timedelta(days=days)
        monkeypatch.setattr(clock, "now", lambda: real() + ahead)

    return go


def people_of(competition: Any) -> dict[str, Any]:
    """Those who work in the competition, and somebody who wants to apply."""
    people = {kind: make_person(name=name) for kind, name in {
        "office_lead": "L. Büro", "sponsor": "S. Stadt", "screener": "A. Leserin", "second": "B. Leser",
        "applicant": "K. Garten",
    }.items()}
    for kind in ("office_lead", "sponsor", "screener"):
        grant_role(competition, people[kind], kind)
    grant_role(competition, people["second"], Role.Kind.SCREENER)
    for kind in (Member.Kind.CHAIR, Member.Kind.MEMBER):
        people[kind] = make_person(name=f"Jury {kind}")
        jury.appoint(competition, people[kind], kind=kind, by=people["office_lead"])
    return people


def test_an_entry_goes_from_the_form_to_the_public_page_with_the_keyboard_alone(new_page, travel):
    competition = import_package(PACKAGES / HOME)
    people = people_of(competition)

    def hands(who: str) -> Hands:
        return Hands(new_page(people[who] if who else None, reduced_motion="reduce"))

    apply(hands("applicant"), competition)
    entry = Entry.objects.get(competition=competition)
    assert (entry.state, entry.title) == (State.SUBMITTED, TITLE)

    travel(18)                                                          # the deadline has passed
    office = hands("office_lead")
    check(office, competition)
    entry.refresh_from_db()
    assert entry.state == State.ADMITTED

    travel(10)
    run = screening.propose_assignment(competition, entry.round, seed=1, by=people["office_lead"])
    screening.accept_assignment(run, people["office_lead"], None)
    vote(hands("screener"), competition)
    assert Vote.objects.get(screener=people["screener"]).sealed_at
    vote_and_meet(competition, entry, people)

    travel(32)                                                          # the day of the jury
    meeting = jury.plan_meeting(competition, entry.round, held_on=clock.today(), by=people["office_lead"])
    for member in Member.objects.filter(competition=competition):
        jury.declare(meeting, member, [], by=member.person)
    decide(hands("chair"), competition)
    jury.close_meeting(meeting, by=people["office_lead"])
    entry.refresh_from_db()
    assert (entry.state, entry.awards.get().amount_cents) == (State.AWARDED, 123_450)

    approve(hands("sponsor"), competition)
    announce(office, competition)
    assert Announcement.objects.get(competition=competition).announced_at
    editions.release_as_consented([entry], by=people["office_lead"])
    editions.publish(editions.freeze(competition, by=people["office_lead"]), by=people["office_lead"])

    read(hands(""), competition)


def apply(hands: Hands, competition: Any) -> None:
    hands.page.goto(reverse("website:competition_home", args=[competition.code]))
    hands.skip()
    hands.follow("Jetzt bewerben")
    hands.to("Wer bewirbt sich?")
    hands.write("Gartenfreunde Nordstadt")
    hands.follow("Bewerbung beginnen")

    hands.skip()
    hands.follow("Weiter hier")
    hands.skip()
    hands.to("Name des Vereins oder der Gruppe")
    hands.write("Gartenfreunde Nordstadt")
    hands.to("eingetragener Verein")
    hands.press("ArrowDown")                                            # the next one: a group of neighbours
    hands.to("Wie viele Personen sind in der Gruppe?")                  # asked of groups only
    hands.write("7")
    hands.to("Straße")
    hands.write("Gartenweg 3")
    hands.to("Postleitzahl")
    hands.write("00000")
    hands.to("Ort")
    hands.write("Musterstadt")
    hands.to("Ansprechperson")
    hands.write("K. Garten")
    hands.to("E-Mail-Adresse")
    hands.write("garten@example.org")
    hands.follow("Speichern und weiter")

    hands.skip()
    hands.to("Wie heißt Ihr Vorhaben?")
    hands.write(TITLE)
    hands.to("Was haben Sie vor?")
    hands.write("Wir bauen Beete.")
    hands.to("Nordstadt")
    hands.press("Space")
    hands.to("Wo genau findet es statt?")
    hands.write("Hof hinter dem Stadtteilhaus")
    hands.to("Beginn")
    hands.write("04042030")
    hands.to("Ende")
    hands.write("09092030")
    hands.to("Kinder")
    hands.press("Space")
    hands.follow("Speichern und weiter")

    hands.skip()
    hands.to("Was kostet das Vorhaben insgesamt?")
    hands.write("1500")
    hands.to("Welchen Betrag beantragen Sie?")
    hands.write("1500")
    hands.to("Wofür brauchen Sie das Geld?")
    hands.write("Erde, Holz und Samen.")
    hands.to("Ja")
    hands.press("Space")
    hands.to("Wir weisen die Verwendung")
    hands.press("Space")
    hands.to("Die Hinweise zum Datenschutz")
    hands.press("Space")
    hands.follow("Speichern und prüfen")
    hands.skip()
    hands.follow("Weiter zum Einreichen")
    hands.skip()
    hands.follow("Beitrag einreichen")
    hands.skip()
    expect(hands.page.get_by_text("Ihr Beitrag ist eingegangen. Er zählt.")).to_have_count(1)


def check(hands: Hands, competition: Any) -> None:
    hands.page.goto(reverse("website:desk", args=[competition.code]))
    hands.skip()
    hands.follow("1 Beitrag prüfen")
    hands.skip()
    for _point in competition.check_points.all():
        hands.to("erfüllt")
        hands.press("Space")
        hands.to("Vermerk")
    hands.follow("Beitrag zulassen")
    expect(hands.page.locator("main")).to_contain_text("ist zugelassen")


def vote(hands: Hands, competition: Any) -> None:
    hands.page.goto(reverse("website:desk", args=[competition.code]))
    hands.skip()
    hands.follow("1 Votum schreiben")
    hands.skip()
    hands.follow("Ansehen")
    hands.skip()
    hands.follow("Ich bin unbefangen")
    hands.skip()
    for _criterion in competition.criteria.all():
        hands.to("–")                                                   # no points yet; then 0, 1, 2, 3
        hands.press(*["ArrowRight"] * 4)
        hands.to("Begründung")
        hands.write("Gut überlegt.")
    hands.to("fördern")
    hands.press("Space")
    hands.to("Begründung")
    hands.write("Das verdient die Förderung.")
    hands.follow("Speichern und vor dem Versiegeln prüfen")
    hands.skip()
    hands.follow("Votum abgeben und versiegeln")


def vote_and_meet(competition: Any, entry: Entry, people: dict[str, Any]) -> None:
    """The second vote, and the joint session with what it proposes."""
    lead, second = people["office_lead"], Vote.objects.get(screener=people["second"])
    ratings = {criterion.code: {"points": 4, "reason": "Gut."} for criterion in competition.criteria.all()}
    screening.open_vote(second, second.screener)
    screening.save_sheet(second, ratings, "foerdern", "Gut.", by=second.screener)
    screening.seal_vote(second, second.screener)
    session = screening.plan_session(competition, entry.round, clock.today(), lead)
    screening.open_session(session, lead)
    screening.confirm_agreeing(session, lead)
    screening.close_session(session, lead)


def decide(hands: Hands, competition: Any) -> None:
    hands.page.goto(reverse("website:desk", args=[competition.code]))
    hands.skip()
    hands.follow("Jurysitzung leiten")
    hands.skip()
    hands.follow("Sitzung eröffnen")
    hands.skip()
    for _member in competition.jury_members.all():
        hands.follow("ist da")                                          # the page comes back where it was left
    hands.back_to("Punkt 1 aufrufen")
    with hands.page.expect_navigation():
        hands.press("Enter")
    hands.to("prämiert")
    hands.press("Space")
    hands.to("Preis")
    hands.press("ArrowDown")
    hands.to("Betrag in Euro")
    hands.write("1234,50")
    hands.to("offene Abstimmung")
    hands.press("ArrowDown")                                            # consensus
    hands.follow("Entscheidung festhalten")
    expect(hands.page.locator("[role=alert]")).to_have_count(0)


def approve(hands: Hands, competition: Any) -> None:
    hands.page.goto(reverse("website:desk", args=[competition.code]))
    hands.skip()
    hands.follow("Ergebnisse der Jury freigeben")
    hands.skip()
    hands.follow("Ergebnisse freigeben")
    hands.skip()
    hands.follow("Ergebnisse freigeben")


def announce(hands: Hands, competition: Any) -> None:
    hands.follow("Heute")
    hands.skip()
    hands.follow("Ergebnisse bekannt geben")
    hands.skip()
    hands.follow("Bekannt geben")
    hands.skip()
    hands.to("Sofort bekannt geben")
    hands.press("Space")
    hands.follow("Bekannt geben und 1 Brief senden")


def read(hands: Hands, competition: Any) -> None:
    hands.page.goto(reverse("website:competition_home", args=[competition.code]))
    hands.follow("Beiträge")
    hands.press("/")
    assert hands.stop()[0] == "searchbox"
    hands.write("Hofgarten")
    with hands.page.expect_navigation():
        hands.press("Enter")
    hands.press("?")
    expect(hands.page.get_by_role("dialog", name="Tasten")).to_be_visible()
    hands.press("Escape")
    hands.page.wait_for_function("!document.querySelector('dialog[open]') && !document.activeElement?.closest('dialog')")
    hands.to(TITLE, key="j", most=2)                                    # the first of the list; the dialog may swallow one key
    with hands.page.expect_navigation():
        hands.press("Enter")
    expect(hands.page.get_by_role("heading", level=1, name=TITLE)).to_have_count(1)
    expect(hands.page.locator("main")).to_contain_text("1.234,50")

"""Whoever may not, changes nothing: every form of the house, filled in, sent by those whom it is not for; then all tables are compared.

The forms are taken from the pages of those who may, filled with something that makes sense, and sent by the others. A test
shows that the very same data does change something when the right person sends it, so that this test is able to fail.
"""

import hashlib
import io
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import resolve, reverse

from lorbeer.intake.models import Draft
from lorbeer.questionnaire.queries import form_of
from lorbeer.shared import clock
from tests.pages import Pages, places
from tests.test_walls import CLOSED, OF_THE_HOUSE, PUBLIC
from tests.world import PACKAGES

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("bare_errors")]

# What may change when somebody sends a form in vain: the session, the count of tries, failed sign-ins.
BESIDE = ("django_session", "shared_tally")
WRITERS = ["office_lead", "screener", "juror", "editor", "sponsor", "winner", "applicant", "other applicant"]
# The auditor looks on; sponsor and editor have their own work, the others what CLOSED in test_walls.py leaves them.
WORK = {
    "auditor": r"follow_up:evidence_download",                         # which is logged: who took it away
    "sponsor": r"awards:results_approve",
    "editor": r"awards:(portrait|picture)|documentation:|website:(page|file)_|editions:edition_|statistics:table_",
}
NO_ENTER = frozenset({"hidden", "submit", "button", "reset", "image", "file"})        # kinds of inputs in which Enter sends no form
DOWNLOADS = re.compile(r"pdf|export|download|picture$|file_|package$")           # have no forms, and take long to make
# Forms whose sending changes nothing even by the right person, each with the reason. They are sent all the same.
NOTHING_NEW = "what is sent is what is there already, or nothing waits for it"
NOT_NOW = "the state of this world does not allow it"
MORE_NEEDED = "needs answers that fit each other; the tests of its app send them"
WITHOUT_EFFECT = dict.fromkeys([
    "call:phases_edit", "call:words_edit", "follow_up:retention_erase", "jury:member_grounds", "intake:section_edit", "jury:agenda_extend",
    "questionnaire:version_import", "screening:agenda_refresh",
], NOTHING_NEW) | dict.fromkeys([
    "awards:portrait_send", "call:letter_delete", "jury:bias_declare", "jury:declaration_note", "jury:meeting_close", "jury:member_dismiss",
    "jury:ballots_give_up", "jury:item_take_off", "jury:urn_void",
    "screening:bias_declare", "screening:run_accept", "screening:seat_fill", "screening:vote_reassign", "screening:vote_withdraw",
], NOT_NOW) | dict.fromkeys([
    "awards:picture_upload", "call:letter_new", "documentation:correction_create", "follow_up:proof_send",
    "intake:arrival_fill", "intake:arrival_link", "intake:draft_fill",
    "jury:item_add", "jury:item_decide", "jury:member_list",
    "jury:offline_enter", "jury:poll_open", "jury:ranking_cast", "jury:ranking_show", "outreach:address_import",
    "outreach:intent_note", "outreach:wave_edit",
    "outreach:wave_new", "screening:pair_add", "screening:run_import", "screening:sheet_read",
], MORE_NEEDED) | dict.fromkeys([
    "questionnaire:editor_section", "questionnaire:section_preview",
], "what is tried there stays in the session") | {
    "documentation:text_check": "what is checked there is kept nowhere",
    "questionnaire:editor_show": "its buttons name the addresses to which they send",
}


# --- forms as people find them ------------------------------------------------------------------------------------------


class Forms(HTMLParser):
    """The forms of a page: where they go, and their fields as (name, kind, values)."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[dict[str, Any]] = []
        self.inside: dict[str, Any] | None = None
        self.by_id: dict[str, dict[str, Any]] = {}
        self.select: dict[str, Any] | None = None
        self.area: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        name = facts.get("name") or ""
        if tag == "form":
            self.inside = {"action": facts.get("action") or "", "method": (facts.get("method") or "get").lower(), "fields": {}, "buttons": [],
                           "presses": [], "is_typed": False}
            self.found.append(self.inside)
            if facts.get("id"):
                self.by_id[facts["id"]] = self.inside
            return
        form = self.by_id.get(facts.get("form") or "", self.inside)
        if form is None:
            return
        kind = (facts.get("type") or "text").lower()
        needed = "required" in facts or facts.get("aria-required") == "true"
        if tag == "input" and kind not in NO_ENTER:
            form["is_typed"] = True
        if tag == "input" and name:
            if kind == "radio" and ("checked" in facts or name not in form["fields"]):
                form["fields"][name] = [facts.get("value") or "on"]
            elif kind == "checkbox" and ("checked" in facts or needed or name not in form["fields"]):
                form["fields"].setdefault(name, []).append(facts.get("value") or "on")
            elif kind in ("radio", "checkbox"):
                pass
            elif kind == "file":
                form["fields"][name] = [("file", f"{facts.get('accept') or ''} {name}")]
            elif kind != "submit":
                form["fields"].setdefault(name, []).append(facts.get("value") or (something(name, kind) if needed else ""))
        elif tag == "button" and kind != "button" or tag == "input" and kind == "submit":
            form["presses"].append("enter" if facts.get("tabindex") == "-1" and "aria-hidden" in facts else facts.get("formaction") or name)
            if facts.get("formaction"):
                self.found.append(form | {"action": facts["formaction"], "buttons": [(name, facts.get("value") or "")]})
            else:
                form["buttons"].append((name, facts.get("value") or ""))
        elif tag == "select" and name:
            self.select = {"form": form, "name": name}
        elif tag == "option" and self.select is not None and facts.get("value"):
            if "selected" in facts:
                self.select["form"]["fields"][self.select["name"]] = [facts["value"]]
            self.select["form"]["fields"].setdefault(self.select["name"], [facts["value"]])
        elif tag == "textarea" and name:
            self.area = name
            form["fields"][name] = ["Ein Text, wie ihn jemand schreibt."]

    def handle_data(self, data: str) -> None:
        if self.area and self.inside and data.strip():
            self.inside["fields"][self.area] = [f"{data.strip()} Und mehr."]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None


def something(name: str, kind: str) -> str:
    """What could stand in an empty field."""
    if kind == "email" or "email" in name:
        return "jemand-neues@example.org"
    if kind == "date" or name.endswith(("_on", "until")):
        return clock.today().isoformat()
    if kind == "datetime-local" or name.endswith("_at"):
        return f"{clock.today().isoformat()}T10:00"
    if kind == "number" or "amount" in name:
        return "1"
    return "neu" if name in ("code", "name") else "Ein Text"


@cache
def example(accept: str) -> tuple[str, bytes]:
    """A file that a form would take."""
    if "csv" in accept and "xls" not in accept:
        return "liste.csv", b"category;name;email\nvereine;Ein Verein;ein-verein@example.org\n"
    if "sheet" in accept or "xls" in accept:
        return "bogen.xlsx", (PACKAGES / "quartiersfonds" / "questionnaire.xlsx").read_bytes()
    if ("image" in accept or "picture" in accept) and "pdf" not in accept:
        from PIL import Image

        picture = io.BytesIO()
        Image.new("RGB", (900, 600), "seagreen").save(picture, "PNG")
        return "bild.png", picture.getvalue()
    import pikepdf

    document, written = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    document.save(written)
    return "brief.pdf", written.getvalue()


def filled(form: dict[str, Any]) -> dict[str, Any]:
    """What travels when the form is sent, and confirmed where a page asks once more; files are opened anew each time."""
    data: dict[str, Any] = {"_confirmed": ["yes"]}
    for name, values in form["fields"].items():
        data[name] = [SimpleUploadedFile(*example(value[1])) if isinstance(value, tuple) else value for value in values]
    for name, value in form["button"]:
        data[name] = [value]
    return {name: values for name, values in data.items() if name != "csrfmiddlewaretoken"}


def forms_of(pages: Pages) -> dict[str, list[dict[str, Any]]]:
    """{address: forms that are sent there}, from the pages that the world's people can open; one form for each button."""
    found: dict[str, list[dict[str, Any]]] = {}
    for who in WRITERS:
        for address, place in places(pages.world, 2 if who in ("office_lead", "screener") else 1):
            if DOWNLOADS.search(address.name):
                continue
            answer = pages.get(who, place)
            if not answer.is_page:
                continue
            for form in Forms(answer.text).found:
                target = urlsplit(urljoin(place, form["action"] or place)).path
                for button in form["buttons"] or [("", "")]:
                    one = {"fields": form["fields"], "button": [button] if button[0] else [], "by": who}
                    known = found.setdefault(target, [])
                    if form["method"] == "post" and len(known) < 6 and one not in known:
                        known.append(one)
    return found


def targets(pages: Pages) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """(name of the address, address, forms) for each thing that can be sent; where no page has a form, an empty one."""
    forms = forms_of(pages)
    names: dict[str, int] = {}
    for place, known in forms.items():
        name = resolve(place).view_name
        if known and names.get(name, 0) < 3:
            names[name] = names.get(name, 0) + 1
            yield name, place, known
    for address, place in places(pages.world, 1):
        if address.name not in names:
            yield address.name, place, [{"fields": {}, "button": [], "by": ""}]


# --- all tables ---------------------------------------------------------------------------------------------------------


def digests() -> dict[str, str]:
    """{table: digest of all its rows}."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if not table.startswith(BESIDE):
                cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')      # noqa: S608 (names of our own tables)
                found[table] = hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()
    return found


class Watch:
    """Which tables a request changes. Nothing is read where the connection has written nothing at all."""

    def __init__(self) -> None:
        self.before = digests()

    def changed_by(self, client: Client, place: str, data: dict[str, Any]) -> tuple[int, list[str]]:
        counted = connection.connection.total_changes
        with transaction.atomic():
            answer = client.post(place, data)
            now = digests() if connection.connection.total_changes != counted else self.before
            transaction.set_rollback(True)
        return answer.status_code, sorted(table for table in self.before if now[table] != self.before[table])


def open_to(who: str, name: str) -> bool:
    """Whether it is this person's business to send there."""
    if name in PUBLIC or OF_THE_HOUSE.match(name) or not name:
        return True
    if who in WORK:
        return bool(re.match(WORK[who], name))
    if who in ("nobody", "stranger") or who.startswith("elsewhere "):
        return False
    return not re.match("|".join(CLOSED[who]), name)


_sendable: list[tuple[str, str, list[dict[str, Any]]]] = []


@pytest.fixture
def sendable(pages):
    """All that can be sent; collected once, because every test finds the same world."""
    if not _sendable:
        _sendable.extend(targets(pages))
    return _sendable


@pytest.mark.parametrize("who", [
    "auditor", "sponsor", "editor", "screener", "juror", "applicant", "other applicant", "winner",
    "nobody", "stranger", "elsewhere everything", "elsewhere applicant",
])
def test_who_may_not_changes_no_row_of_any_table(pages, sendable, who):
    client, watch, faults = pages.client(who), None, []
    for name, place, forms in sendable:
        if open_to(who, name):
            continue
        watch = watch or Watch()
        for form in forms:
            status, tables = watch.changed_by(client, place, filled(form))
            if tables:
                faults.append(f"POST {place} ({name}) answers {status} and changes {', '.join(tables)}")
            if status >= 500:
                faults.append(f"POST {place} ({name}) answers {status}")
    assert watch is not None
    assert not faults, "\n".join(faults)


def test_the_same_forms_do_change_something_for_those_who_may(pages, sendable):
    """Else the test above would find nothing because what it sends makes no sense."""
    clients = {who: pages.client(who) for who in WRITERS}
    watch, effective, faults = Watch(), set(), []
    for name, place, forms in sendable:
        for form in forms:
            if name in effective or not form["by"] or OF_THE_HOUSE.match(name):      # one of those signs out
                continue
            status, tables = watch.changed_by(clients[form["by"]], place, filled(form))
            if tables:
                effective.add(name)
            if status >= 500:
                faults.append(f"POST {place} ({name}) by the {form['by']} answers {status}")
    without = {name for name, _place, forms in sendable if forms[0]["by"]} - effective
    inside = {name for name in without if name not in PUBLIC and not OF_THE_HOUSE.match(name)}
    assert not faults, "\n".join(faults)
    assert sorted(inside - set(WITHOUT_EFFECT)) == [], "nobody could send these: " + " ".join(sorted(inside))
    assert len(effective) > 40


# --- what Enter presses -------------------------------------------------------------------------------------------------

def every_section(place: str) -> list[str]:
    """The pages of all sections of the draft whose page of one section `place` is."""
    facts = resolve(place).kwargs
    form = form_of(Draft.objects.select_related("version").get(entry__code=facts["code"]).version)
    return [reverse("intake:section_edit", kwargs=facts | {"section": key}) for key, _section in form.keyed_sections()]


def test_enter_in_a_field_presses_the_plain_button_of_its_form(pages):
    """Browsers press the first submit button of a form, whatever it does. Where there are several it is {% enter %}, which neither decides
    nor takes anything away, in whatever order the others stand today."""
    faults = set()
    for who in WRITERS:
        for address, place in places(pages.world, 2 if who in ("office_lead", "screener") else 1):
            if DOWNLOADS.search(address.name):
                continue
            for page in every_section(place) if address.name == "intake:section_edit" else [place]:
                answer = pages.get(who, page)
                faults |= {f"{address.name}: {form['presses'][0]}" for form in Forms(answer.text if answer.is_page else "").found
                           if form.get("is_typed") and len(form["presses"]) > 1 and form["presses"][0] != "enter"}
    assert not faults, "these forms need {% enter %} first: " + " ".join(sorted(faults))

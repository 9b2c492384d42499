import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from lorbeer.call.tests.factories import make_competition
from lorbeer.people.tests.factories import make_role
from lorbeer.questionnaire.editor import services
from lorbeer.questionnaire.editor.references import keyed_nodes
from lorbeer.questionnaire.queries import current_version, form_of, versions_of, working_copy_of
from lorbeer.questionnaire.services import import_workbook

PACKAGES = sorted(Path(__file__).resolve().parents[4].glob("**/questionnaire.xlsx"))
LANG = {"HTTP_ACCEPT_LANGUAGE": "de"}


def address(name, competition, *rest):
    return reverse(f"questionnaire:{name}", args=[competition.code, *rest])


@pytest.fixture
def office(db, client):
    competition = make_competition()
    role = make_role(competition)
    client.force_login(role.person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return competition, role.person


class Untouched(HTMLParser):
    """What a browser would send of a form that nobody touched: {name: values}."""

    def __init__(self, page: str, form_id: str) -> None:
        super().__init__(convert_charrefs=True)
        self.form_id, self.inside, self.fields = form_id, False, {}
        self.area = self.select = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        name, value = facts.get("name", ""), facts.get("value")
        if tag == "form":
            self.inside = facts.get("id") == self.form_id
        if not self.inside:
            return
        if tag == "textarea":
            self.area, self.fields[name] = name, [""]
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and ("selected" in facts or self.select not in self.fields):
            self.fields[self.select] = [value or ""]
        elif tag == "input" and facts.get("type") != "submit" and (facts.get("type") not in ("checkbox", "radio") or "checked" in facts):
            self.fields.setdefault(name, []).append("on" if value is None and facts.get("type") == "checkbox" else value or "")

    def handle_data(self, data):
        if self.area:
            self.fields[self.area][0] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "textarea" and self.area:
            self.fields[self.area][0], self.area = self.fields[self.area][0].removeprefix("\n"), ""
        elif tag == "select":
            self.select = ""


def fields_of(page, form_id="item-form"):
    return Untouched(page if isinstance(page, str) else page.content.decode(), form_id).fields

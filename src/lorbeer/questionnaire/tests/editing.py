"""What the tests of the editor do at its pages: read a form as a browser would send it, add, change, make a version."""

from html.parser import HTMLParser
from pathlib import Path

from django.urls import reverse

from lorbeer.questionnaire.editor import services
from lorbeer.questionnaire.queries import working_copy_of

HERE = Path(__file__).resolve()
PACKAGES = sorted([*HERE.parents[4].glob("competitions/*/questionnaire.xlsx"), *HERE.parents[4].glob("tests/packages/*/questionnaire.xlsx")])
# Workbooks that others wrote lie beside the project where there are any; they are not part of it.
FOREIGN = next(filter(Path.is_dir, (parent / "shared" / "xlsforms" for parent in HERE.parents)), Path("none"))


def address(name, competition, *rest):
    return reverse(f"questionnaire:{name}", args=[competition.code, *rest])


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


def begin(client, competition, version="nothing"):
    client.post(address("editor_begin", competition), {"version": version})
    return working_copy_of(competition)


def add(client, competition, kind, label, **facts):
    answer = client.post(address("item_add", competition), {
        "kind": kind, "label__de": label, "place": facts.pop("place", "first:seite_1"), **facts})
    assert answer.status_code == 302, answer.context["page"].errors
    return answer.headers["Location"].rstrip("/").rpartition("/")[2]


def edit(client, competition, key, **facts):
    page = client.get(address("item_edit", competition, key))
    return client.post(address("item_edit", competition, key), fields_of(page) | facts)


def form_now(competition):
    return services.form_in(working_copy_of(competition))


def release(client, competition):
    return client.post(address("editor_release", competition), {"revision": working_copy_of(competition).revision})

import pytest
from django import forms
from django.http import QueryDict
from django.template import Context, Template

from lorbeer.shared import lists
from lorbeer.shared.lists import Column, ListForm
from lorbeer.shared.models import Job

COLUMNS = [Column("name", "Name", sort="name", url=lambda job: f"/{job.name}/"),
           Column("note", "Notiz", sort="note"), Column("progress", "Stand", kind="number", sort="progress")]


class JobFilter(ListForm):
    q = forms.CharField(label="Suche")

    def narrow(self, rows):
        return rows.filter(name__contains=self.cleaned_data["q"])


def make_jobs(count, **facts):
    return Job.objects.bulk_create(
        Job(**({"name": f"job{i:03d}", "note": "", "progress": i % 3} | facts)) for i in range(count)
    )


def listing(rf, address="/jobs/", **options):
    return lists.build(
        rf.get(address), Job.objects.all(), COLUMNS, form=JobFilter, order="name", per_page=10, key="name", **options
    )


def test_the_address_sorts_filters_and_pages(rf, db):
    make_jobs(25)

    assert [job.name for job in listing(rf, "/jobs/?sort=-name&page=2")][:2] == ["job014", "job013"]
    assert [job.name for job in listing(rf, "/jobs/?q=job02")] == [f"job{i:03d}" for i in range(20, 25)]
    assert listing(rf, "/jobs/?q=job02").filtered
    assert not listing(rf, "/jobs/?q=").filtered


@pytest.mark.parametrize("address", [
    "/jobs/?sort=password", "/jobs/?sort=-", "/jobs/?page=999", "/jobs/?page=abc", "/jobs/?sort=name__x&q=", "/jobs/?page=-1",
])
def test_a_strange_address_shows_the_list_all_the_same(rf, db, address):
    make_jobs(3)
    assert [job.name for job in listing(rf, address)] == ["job000", "job001", "job002"]


def test_pages_do_not_overlap_where_rows_are_equal(rf, db):
    make_jobs(30)
    seen = [job.pk for page in (1, 2, 3) for job in listing(rf, f"/jobs/?sort=progress&page={page}")]
    assert len(set(seen)) == 30
    assert listing(rf, "/jobs/?sort=progress").everything.query.order_by[-1] == "pk"     # what makes it so everywhere


def test_rows_without_a_value_come_last_in_both_directions(rf):
    rows = [{"code": "a", "n": None}, {"code": "b", "n": 1}, {"code": "c", "n": 2}]
    columns = [Column("n", "n", sort="n")]
    for address, order in (("/?sort=n", "bca"), ("/?sort=-n", "cba")):
        assert "".join(row["code"] for row in lists.build(rf.get(address), rows, columns)) == order


def test_three_rows_cost_as_many_queries_as_three_hundred(rf, db, django_assert_num_queries):
    template = Template("{% list_view listing %}")
    for count in (3, 297):
        make_jobs(count)
        with django_assert_num_queries(2):
            request = rf.get("/jobs/")
            html = template.render(Context({"request": request, "listing": listing(rf)}))
        assert "job000" in html


def test_the_download_holds_the_whole_filtered_list(rf, db):
    make_jobs(25)
    response = listing(rf, "/jobs/?format=csv&q=job0").download()
    assert response.content.count(b"\r\n") == 26
    assert listing(rf).download() is None


def test_an_empty_list_and_an_empty_filter_say_different_things(rf, db):
    template = Template('{% list_view listing empty="Noch kein Beitrag." %}')
    empty = template.render(Context({"request": rf.get("/jobs/"), "listing": listing(rf)}))
    assert "Noch kein Beitrag." in empty
    assert '<details class="l-narrow">' in empty
    make_jobs(1)
    filtered = template.render(Context({"request": rf.get("/jobs/?q=x"), "listing": listing(rf, "/jobs/?q=x")}))
    assert "Noch kein Beitrag." not in filtered
    assert 'href="/jobs/"' in filtered
    assert '<details class="l-narrow" open>' in filtered                 # on a telephone it is folded, unless it is set


def test_one_walks_a_filtered_list_and_returns_to_the_same_place(rf, db):
    make_jobs(25)
    token = listing(rf, "/jobs/?q=job02&sort=-name&page=1").token

    def build(request, query):
        return listing(rf, query=query)

    place = lists.place(rf.get("/job/", {"list": token}), "job022", lambda key: f"/job/{key}/", build, "/jobs/")

    assert (place.position, place.total) == (3, 5)
    assert place.previous_url == f"/job/job023/?{lists.urlencode({'list': token})}"
    assert place.next_url.startswith("/job/job021/")
    assert QueryDict(place.back_url.partition("?")[2]) == QueryDict("q=job02&sort=-name")


@pytest.mark.parametrize("change", [lambda token: token[:-2] + "xx", lambda token: "", lambda token: "hello"])
def test_a_place_that_was_not_signed_here_leads_nowhere(rf, db, change):
    make_jobs(3)
    token = listing(rf).token
    assert lists.place(rf.get("/", {"list": change(token)}), "job001", str, lambda r, q: listing(rf, query=q), "/jobs/") is None
    assert lists.place(rf.get("/", {"list": token}), "job001", str, lambda r, q: listing(rf, query=q), "/elsewhere/") is None
    assert lists.place(rf.get("/", {"list": token}), "hidden", str, lambda r, q: listing(rf, query=q), "/jobs/") is None


def test_what_somebody_typed_is_shown_as_text(rf, db):
    make_jobs(1, name="<b>x</b>")
    html = Template("{% data_table listing %}").render(Context({"request": rf.get("/"), "listing": listing(rf, "/")}))
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "<b>x</b>" not in html

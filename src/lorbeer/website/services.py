"""Editing public pages."""

from django.db import transaction

from lorbeer.people.models import Person
from lorbeer.shared import clock, log
from lorbeer.website.models import Page


@transaction.atomic
def save_page(page: Page, *, by: Person) -> Page:
    page.changed_at = clock.now()
    page.save()
    log.record("page.save", subject=f"page:{page.code}.{page.language}", scope=page.competition.code, actor=by)
    return page


@transaction.atomic
def delete_page(page: Page, *, by: Person) -> None:
    log.record("page.delete", subject=f"page:{page.code}.{page.language}", scope=page.competition.code, actor=by)
    page.delete()

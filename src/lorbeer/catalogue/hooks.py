"""A publication is followed by its index: small ones are made when first asked for, large ones by the worker.

A later stage may offer a way to write to an entry's office.
"""

from functools import partial

from django.db import transaction

from lorbeer.call.models import Competition
from lorbeer.catalogue.queries import stand_in
from lorbeer.catalogue.search import shelf
from lorbeer.editions import hooks
from lorbeer.editions.models import Edition
from lorbeer.shared import jobs
from lorbeer.shared.registry import Registry


def prepare(edition: Edition) -> None:
    if edition.facts.blob.size > shelf.AT_ONCE:
        jobs.start("catalogue.index", key=f"index-{edition.sha256[:24]}", scope=edition.competition.code,
                   subject=f"edition:{edition.number}", edition=edition.pk)
    transaction.on_commit(partial(forget_former, edition.competition_id))


def forget_former(competition_id: int) -> None:
    """Delete indexes of this competition's editions that the public does not read any more; one that stands in for the new one stays."""
    former = Edition.objects.filter(competition=competition_id, is_published=False).values_list("sha256", flat=True)
    read = set(Edition.objects.filter(is_published=True).values_list("sha256", flat=True))
    current = Edition.objects.filter(competition=competition_id, is_published=True).select_related("facts__blob").first()
    if current and not shelf.is_ready(current) and (former_one := stand_in(current)):
        read.add(former_one.sha256)
    shelf.forget(set(former) - read)


hooks.on_publish(prepare)

# Of a competition and the code of a public entry: the address of a form that reaches its office, or "" where there is none.
way_to_write = Registry[[Competition, str], str]()


def contact_address(place: Competition, code: str) -> str:
    return next(filter(None, way_to_write.answers(place, code)), "")

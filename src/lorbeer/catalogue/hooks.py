"""A publication is followed by its index: small ones are made when first asked for, large ones by the worker."""

from functools import partial

from django.db import transaction

from lorbeer.catalogue.search import shelf
from lorbeer.editions import hooks
from lorbeer.editions.models import Edition
from lorbeer.shared import jobs


def prepare(edition: Edition) -> None:
    if edition.facts.blob.size > shelf.AT_ONCE:
        jobs.start("catalogue.index", key=f"index-{edition.sha256[:24]}", scope=edition.competition.code,
                   subject=f"edition:{edition.number}", edition=edition.pk)
    transaction.on_commit(partial(forget_former, edition.competition_id))


def forget_former(competition_id: int) -> None:
    """Delete indexes of this competition's editions that the public does not read any more."""
    former = Edition.objects.filter(competition=competition_id, is_published=False).values_list("sha256", flat=True)
    shelf.forget(set(former) - set(Edition.objects.filter(is_published=True).values_list("sha256", flat=True)))


hooks.on_publish(prepare)

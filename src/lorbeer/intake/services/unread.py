"""What somebody typed and nobody can read as an answer."""

from collections.abc import Callable, Iterable, Mapping

from django.db import transaction

from lorbeer.intake import places, queries
from lorbeer.intake.models import Draft, UnreadText
from lorbeer.people.models import Person
from lorbeer.questionnaire.queries import form_of
from lorbeer.shared import clock


def keep_unread(draft: Draft, *, by: Person, judged: Iterable[str], typed: Mapping[str, str]) -> bool:
    """Keep what `by` typed and nobody can read, by the names of the fields; of the other `judged` fields nothing is unread any more.

    Gives back whether that is anything new.
    """
    before = queries.unread_texts(draft, by)
    after = {name: text for name, text in before.items() if name not in set(judged)} | dict(typed)
    if after == before:                                                 # nearly always: that costs no write lock
        return False
    gone = [name for name, text in before.items() if after.get(name) != text]
    with transaction.atomic():
        UnreadText.objects.filter(draft=draft, person=by, field__in=gone).delete()
        UnreadText.objects.bulk_create(
            [UnreadText(draft=draft, person=by, field=name[:200], text=text, typed_at=clock.now()) for name, text in after.items()
             if before.get(name) != text], ignore_conflicts=True)       # of two tabs at once the first
    return True


def renumber_unread(draft: Draft, number_of: Callable[[str, int], int]) -> None:
    """What nobody can read goes with its place: each has the number that `number_of` says of (repeat, place)."""
    form = form_of(draft.version)
    moved = [(one, name) for one in draft.unread.all() if (name := places.renamed(form, one.field, number_of)) != one.field]
    if moved:
        draft.unread.filter(pk__in=[one.pk for one, _name in moved]).delete()            # all at once: none is in the way of another
        UnreadText.objects.bulk_create(
            UnreadText(draft=draft, person_id=one.person_id, field=name, text=one.text, typed_at=one.typed_at) for one, name in moved)

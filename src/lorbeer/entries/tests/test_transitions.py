import pytest
from django.conf import settings
from django.core.management import call_command

from lorbeer.call.tests.factories import OPTIONS, make_competition
from lorbeer.entries import diagram
from lorbeer.entries.models import Entry, State
from lorbeer.entries.tests.factories import make_entry, make_person
from lorbeer.entries.transitions import TRANSITIONS, move
from lorbeer.shared.errors import Refused
from lorbeer.shared.models import LogEvent

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", TRANSITIONS)
@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("seats", [2, 0])
def test_each_transition_is_possible_from_its_own_states_and_no_other(name, state, seats):
    """Where nobody screens, what is admitted goes straight to the jury; where somebody does, it never does."""
    call = make_competition(screening={"seats": seats, "scale": 4, "options": OPTIONS})
    entry, person = make_entry(state=state, competition=call), make_person()
    sources, target = TRANSITIONS[name]
    if name == "screen" and not seats:
        sources = set()
    elif name in ("award", "decline"):
        sources = {State.PROPOSED, State.NOT_PROPOSED} if seats else {State.ADMITTED}

    if state in sources:
        moved = move(entry, name, by=person, reason="weil")
        step = entry.history.get()
        assert (moved.state, Entry.objects.get().state) == (target, target)
        assert (step.name, step.source, step.target, step.by, step.reason) == (name, state, target, person, "weil")
        assert LogEvent.objects.filter(verb=f"entry.{name}", subject=f"entry:{entry.code}").count() == 1
    else:
        with pytest.raises(Refused):
            move(entry, name, by=person)
        assert (Entry.objects.get().state, entry.history.count(), LogEvent.objects.count()) == (state, 0, 0)


def test_a_stale_object_does_not_move_twice():
    entry = make_entry()
    stale = Entry.objects.get()
    move(entry, "admit", by=None)

    with pytest.raises(Refused):
        move(stale, "exclude", by=None)


def test_the_diagram_in_the_documentation_is_what_the_table_says():
    call_command("entries_diagram", check=True)

    text = (settings.PROJECT_DIR / "docs" / "architecture.md").read_text()
    assert all(name in text for name in TRANSITIONS)
    with pytest.raises(ValueError, match="no marked section"):
        diagram.put_into("nothing here")

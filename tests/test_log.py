"""The page of the log says what happened in words, whatever it was."""

from lorbeer.follow_up.tests.reading import raw_in
from lorbeer.shared.models import LogEvent


def test_no_detail_of_the_log_is_shown_as_the_machine_wrote_it(world):
    events = list(LogEvent.objects.filter(scope=world.home.code).order_by("pk"))
    assert len({event.verb for event in events}) > 50
    assert raw_in(world.home, events) == set()

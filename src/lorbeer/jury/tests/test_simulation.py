"""A small simulated round; and while it runs, each invariant is broken on purpose, noticed, and mended."""

import copy
from contextlib import contextmanager
from unittest import mock

import pytest
from django.db import connection, transaction

from lorbeer.entries.models import Entry
from lorbeer.jury import queries, ranking, rules, services
from lorbeer.jury.models import Item
from lorbeer.jury.services import decisions
from lorbeer.jury.simulation import Broken, Play
from lorbeer.screening.models import Vote
from lorbeer.shared import log

pytestmark = pytest.mark.django_db


class Sabotaged(Play):
    """The round of its seed, with breaches between the stages that leave nothing behind."""

    def __init__(self, *args, **facts):
        super().__init__(*args, **facts)
        self.noticed = []

    @contextmanager
    def breach(self, invariant):
        """What happens inside must be noticed as a breach of `invariant`; then it has never happened."""
        kept = copy.deepcopy((self.watch.biased, self.watch.present, self.watch.sealed, self.watch.decided, self.dice.getstate()))
        with transaction.atomic():
            with pytest.raises(Broken, match=f"^{invariant}:"):
                yield
            transaction.set_rollback(True)
        self.watch.biased, self.watch.present, self.watch.sealed, self.watch.decided, state = kept
        self.dice.setstate(state)
        self.noticed.append(invariant)

    def screen(self):
        super().screen()
        vote = Vote.objects.get(pk=min(self.watch.sealed))
        other = next(one for one in self.screeners if not vote.entry.votes.filter(screener=one).exists())
        with self.breach("two votes"):                                  # a third
            Vote.objects.create(entry=vote.entry, screener=other, seat=3)
            self.watch.after_screening()
        with self.breach("two votes"):                                  # an entry that went on with one
            entry = Entry.objects.create(competition=self.competition, state="screened")
            Vote.objects.create(entry=entry, screener=other, seat=1)
            self.watch.after_screening_step(entry.pk)
        with self.breach("no biased read"):
            self.watch.biased.add((vote.screener_id, vote.entry_id))
            self.watch.after_screening()
        with self.breach("immutability"):                               # past the services, and past the triggers
            with connection.cursor() as cursor:
                if connection.vendor == "sqlite":
                    cursor.execute("DROP TRIGGER screening_vote_sealed_update")
                else:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")     # what waits for the commit keeps the table from being altered
                    cursor.execute("ALTER TABLE screening_vote DISABLE TRIGGER USER")
            Vote.objects.filter(pk=vote.pk).update(reason="anders")
            self.watch.after_screening()

    def prepare(self):
        super().prepare()
        member = self.members[0]
        self.watch.biased.add((member.person_id, self.meeting.items.first().entry_id))
        services.declare(self.meeting, member, [(self.meeting.items.first().entry, "x")], by=member.person)
        with (self.breach("no biased read"),                            # a list that forgets who is biased
              mock.patch.object(queries, "items_open_to", lambda _person, meeting: queries.items_of(meeting))):
            self.watch.read(member.person_id, set(queries.items_open_to(member.person, self.meeting).values_list("entry", flat=True)))

    def hold(self):
        with self._later(hours=5):
            with self.breach("quorum"), mock.patch.object(queries, "has_quorum", return_value=True):
                services.open_meeting(self.meeting, by=self.lead)
                self._come(self.members[1])
                self._decide(self.meeting.items.last())
            with self.breach("cap"), mock.patch.object(decisions, "spend", return_value=None):
                services.open_meeting(self.meeting, by=self.lead)
                for member in self.members:
                    self._come(member)
                item = services.call_item(self.meeting.items.last(), by=self.lead)
                self._noted([services.decide(item, "awarded", by=self.lead)])
            with self.breach("no biased vote"), mock.patch.object(rules, "can_vote", return_value=rules.ALLOWED):
                services.open_meeting(self.meeting, by=self.lead)
                chair = self.members[0]
                self._come(chair)
                item = services.call_item(self.meeting.items.first(), by=self.lead)
                services.cast_ballot(item, chair, "yes", by=chair.person)
                self.watch.after_meeting_step(self.meeting)
        super().hold()
        with self.breach("immutability"):
            Item.objects.filter(pk=min(self.watch.decided)).update(dissent="nachgetragen")
            self.watch.after_meeting_step(self.meeting)

    def close(self):
        super().close()
        with self.breach("closed"):
            Entry.objects.filter(competition=self.competition, state="awarded").update(state="not_awarded")
            self.watch.after_all(self.meeting)
        with self.breach("log"):                                        # a row that no event tells of
            self.meeting.presences.first().delete()
            self.watch.after_all(self.meeting)


def test_a_whole_round_holds_what_must_hold_and_whatever_is_broken_on_purpose_is_noticed():
    play = Sabotaged(3, entries=16, screeners=5, jurors=6)

    figures = play.play()

    assert figures.counts["sealed votes"] == 2 * (figures.counts["entries"] - figures.counts["excluded"])
    assert figures.counts["awards"] > 0
    assert figures.counts["checks"] > 200
    assert sum(figures.modes.values()) == figures.counts["items"]
    assert sorted(set(play.noticed)) == ["cap", "closed", "immutability", "log", "no biased read", "no biased vote", "quorum", "two votes"]
    assert log.verify()
    assert not ranking.items_to_rank(play.meeting, play.meeting.items.first().group)


from lorbeer.awards import services
from lorbeer.jury.tests.factories import make_closed_meeting, make_entry, make_jury_competition
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared.tests.built_once import built_once


@built_once
def make_decided_competition(**facts):
    """(competition, winner, loser, sponsor): a closed meeting; both entries have a contact person. Nothing is announced."""
    competition = make_jury_competition(**facts)
    winner = make_entry(competition, title="Siegreicher Beitrag", applicant="Aastadt", contact=make_person())
    loser = make_entry(competition, title="Anderer Beitrag", applicant="Bestadt", contact=make_person())
    make_closed_meeting(competition, entries=0)
    for entry in (winner, loser):
        entry.refresh_from_db()
    sponsor = make_role(competition, Role.Kind.SPONSOR).person
    return competition, winner, loser, sponsor


@built_once
def announce(competition, sponsor, **facts):
    services.approve_results(competition, by=sponsor)
    return services.announce(competition, by=None, **facts)

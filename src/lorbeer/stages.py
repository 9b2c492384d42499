"""The order of the house, written once: settings, navigation and the import check all read it.

An app may import from the apps above it, never from those below. The sentence says what the app is for.
"""

APPS = {
    "shared": "errors, verdicts, clock, log, outbox, files, documents, components; knows nothing of competitions",
    "people": "accounts, sign-in, roles per competition",
    "register": "the official register of municipalities",
    "call": "a competition: phases, groups, criteria, prizes, clauses; the competition package",
    "questionnaire": "form definitions, conditions, limits, answers; XLSForm",
    "entries": "the entry: what travels through the stages; states, transitions, history, bias",
    "outreach": "distribution lists, mailings in waves, letters of intent",
    "intake": "drafts, submission, receipts; online, e-mail, post",
    "formal_check": "eligibility, group, completeness, exclusion",
    "screening": "assignment, sealed votes, joint session, expert opinions",
    "jury": "members, meeting, bias, ballots, budget, minutes",
    "awards": "results, announcement, letters, portraits",
    "editions": "frozen datasets: what is published is computed from one of these",
    "catalogue": "the public database: search, facets, map, open data",
    "enquiries": "messages from readers of the public database to those behind an entry",
    "statistics": "tables and figures",
    "api": "the read API: what is public, for programs",
    "documentation": "the book: chapters, numbers by reference, PDF",
    "follow_up": "payment, proof of use, reports, retention and erasure",
    "website": "public pages of a competition, start pages, the desk of each role",
}


def installed_apps(*, demo: bool) -> list[str]:
    """Dotted names of Lorbeer's apps in order; the demo (one-click sign-in, replay) only where it is asked for."""
    names = [f"lorbeer.{name}" for name in APPS]
    return [*names, "lorbeer.demo"] if demo else names

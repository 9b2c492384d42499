"""What the solver is told, read from the database: who may read what, who knows what, how much each can take."""

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet

from lorbeer.entries.models import Entry, State
from lorbeer.entries.queries import lands_of, listed_bias
from lorbeer.intake.models import Submission
from lorbeer.people.models import Person, Role
from lorbeer.questionnaire.definition import Question
from lorbeer.questionnaire.queries import form_of, versions_of
from lorbeer.questionnaire.values import in_language
from lorbeer.screening import assignment, queries
from lorbeer.screening.assignment import EntryFacts, Problem, ScreenerFacts
from lorbeer.screening.models import Abstention, PairRule, ScreenerProfile, Vote
from lorbeer.screening.rules import THROUGH, may_have_followed

if TYPE_CHECKING:
    from lorbeer.call.models import Competition

ABSTAINED = "abstained"                                                 # why a pair must not meet, beside the kinds of bias and rules
FOLLOWED = "followed"                                                   # the office knew how far the other reader was


def problem_of(
    competition: "Competition", round: int, *, seed: int, spread: int = 1, priority: str = "even", without: Person | None = None
) -> Problem:
    """Entries of the round and their free seats, screeners (but for `without`), excluded and pinned pairs, places taken.

    Entries that have all their votes have no free seat, but their places count in everybody's load and capacity.
    """
    seats = queries.rules_of(competition).seats
    entries = Entry.objects.annotate(taken=Count("votes")).filter(
        Q(state=State.ADMITTED) | Q(state__in=THROUGH, taken=seats), competition=competition, round=round)
    codes = dict(entries.values_list("pk", "code"))
    people = {pk: code for pk, code in queries.screeners_of(competition).values_list("pk", "code") if without is None or pk != without.pk}
    excluded: dict[assignment.problem.Pair, str] = {}
    for (person, entry), kind in listed_bias(competition, Role.Kind.SCREENER).items():
        if person in people and entry in codes:
            excluded[codes[entry], people[person]] = kind
    for pair in Abstention.objects.filter(entry__in=entries.values("pk")).values_list("entry__code", "person__code"):
        excluded.setdefault(pair, ABSTAINED)
    for entry, person in may_have_followed(competition, entries):
        if person in people:
            excluded.setdefault((codes[entry], people[person]), FOLLOWED)
    pinned = []
    for entry_code, person_code, kind, state in PairRule.objects.filter(entry__in=entries.values("pk")).values_list(
            "entry__code", "person__code", "kind", "entry__state"):
        if kind == PairRule.Kind.FORBIDDEN:
            excluded.setdefault((entry_code, person_code), kind)
        elif state == State.ADMITTED and (without is None or person_code != without.code):
            pinned.append((entry_code, person_code))
    return Problem(
        entries=tuple(entry_facts(competition, entries)),
        screeners=tuple(one for one in screener_facts(competition) if without is None or one.code != without.code),
        excluded=excluded,
        seats=seats,
        seed=seed,
        spread=spread,
        fixed=tuple(Vote.objects.filter(entry__in=entries.values("pk")).values_list("entry__code", "screener__code")),
        pinned=tuple(pinned),
        own_land=queries.rules_of(competition).exclude_own_land,
        priority=priority,
        expert=queries.rules_of(competition).expert,
    ).sorted()


def entry_facts(competition: "Competition", entries: QuerySet[Entry]) -> list[EntryFacts]:
    """A handful of queries for any number. Answers come from what was submitted and counts."""
    rules = queries.rules_of(competition)
    answers = answers_to(entries, [name for name in (rules.fields, rules.language) if name])
    lands = lands_of(entries)
    question = question_named(competition, rules.fields)
    nothing = {one.code for one in question.choices if one.no_answer} if question else set()
    found = []
    for pk, code, group in entries.order_by().values_list("pk", "code", "group__code"):
        said = answers.get(pk, {})
        fields, language = said.get(rules.fields) or [], said.get(rules.language) or []
        fields = fields if isinstance(fields, list) else [fields]
        language = language if isinstance(language, list) else [language]
        found.append(EntryFacts(
            code, group or "", tuple(sorted(lands[pk])), tuple(sorted({*map(str, fields)} - nothing)), str(language[0]) if language else ""))
    return sorted(found)


def answers_to(entries: QuerySet[Entry], names: list[str]) -> dict[int, dict[str, object]]:
    """Entry id → {question: answer} of the accepted documents; only the answers asked for are parsed.

    A quotation mark in a text is escaped, so the beginning of a row stands nowhere but where that row begins.
    """
    found: dict[int, dict[str, object]] = defaultdict(dict)
    if not names:
        return found
    row = re.compile(rf'\[\s*"({"|".join(map(re.escape, names))})"\s*,\s*0\s*,\s*')
    decoder = json.JSONDecoder()
    submissions = Submission.objects.filter(entry__in=entries.order_by().values("pk"), is_accepted=True)
    for entry, document in submissions.values_list("entry", "document").iterator(1_000):
        for match in row.finditer(document):
            found[entry][match[1]] = decoder.raw_decode(document, match.end())[0]
    return found


def screener_facts(competition: "Competition") -> list[ScreenerFacts]:
    """Three queries."""
    lands = dict(Role.objects.filter(competition=competition, kind=Role.Kind.SCREENER).values_list("person", "land_code"))
    profiles = {one.person_id: one for one in ScreenerProfile.objects.filter(competition=competition)}
    found = []
    for pk, code in queries.screeners_of(competition).values_list("pk", "code"):
        profile = profiles.get(pk) or ScreenerProfile()
        found.append(ScreenerFacts(
            code, lands.get(pk, ""), profile.capacity, tuple(sorted(profile.fields)), tuple(sorted(profile.languages))))
    return sorted(found, key=lambda one: one.code)


def reasons_for(entry: Entry) -> dict[str, str]:
    """Person code → why this screener may not read the entry, without those who may."""
    competition = entry.competition
    facts = entry_facts(competition, Entry.objects.filter(pk=entry.pk))[0]
    codes = dict(queries.screeners_of(competition).values_list("pk", "code"))
    listed = {
        (entry.code, codes[person]): kind
        for (person, _entry), kind in listed_bias(competition, Role.Kind.SCREENER, [entry.pk]).items() if person in codes
    }
    for code in PairRule.objects.filter(entry=entry, kind=PairRule.Kind.FORBIDDEN).values_list("person__code", flat=True):
        listed.setdefault((entry.code, code), PairRule.Kind.FORBIDDEN)
    for code in Abstention.objects.filter(entry=entry).values_list("person__code", flat=True):
        listed.setdefault((entry.code, code), ABSTAINED)
    for _entry, person in may_have_followed(competition, Entry.objects.filter(pk=entry.pk)):
        if person in codes:
            listed.setdefault((entry.code, codes[person]), FOLLOWED)
    problem = Problem((facts,), (), listed, 1, 0, own_land=queries.rules_of(competition).exclude_own_land)
    found = {one.code: problem.reason(facts, one) for one in screener_facts(competition)}
    return {code: kind for code, kind in found.items() if kind}


def full_people(competition: "Competition", round: int) -> dict[int, int]:
    """Person id → capacity, of those who hold as many places in the round as they can take, whatever has become of them."""
    limits = dict(ScreenerProfile.objects.filter(competition=competition, capacity__isnull=False).values_list("person", "capacity"))
    held = Vote.objects.filter(entry__competition=competition, entry__round=round, screener__in=limits).values_list("screener").annotate(
        Count("pk"))
    loads = dict(held)
    return {person: limit for person, limit in limits.items() if limit is not None and loads.get(person, 0) >= limit}


def questions_of(competition: "Competition") -> dict[str, Question]:
    """The questions of the newest published entry form by their names."""
    version = versions_of(competition).filter(published_at__isnull=False).first()
    return {one.name: one for one in form_of(version).questions()} if version else {}


def question_named(competition: "Competition", name: str) -> Question | None:
    """A question of the newest published entry form."""
    return questions_of(competition).get(name) if name else None


def choices_of(competition: "Competition", name: str) -> list[tuple[str, str]]:
    """(code, label) of the choices of a question, without those that say there is no answer."""
    question = question_named(competition, name)
    return [(one.code, in_language(one.label)) for one in question.choices if not one.no_answer] if question else []

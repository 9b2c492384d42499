"""Which entries somebody may see, and who must be kept away from which. Bias closes the door here, at the query."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When

from lorbeer.call.models import Competition
from lorbeer.call.rulebook import JuryRules, ScreeningRules
from lorbeer.entries.models import Bias, Contributor, Entry, Move, State
from lorbeer.entries.names import address_key, body_key, mail_house
from lorbeer.people.access import roles_of
from lorbeer.people.models import Person, Role
from lorbeer.shared.prepared import prepared
from lorbeer.shared.registry import Registry
from lorbeer.shared.remembered import once_per_page

RECEIVED = tuple(state for state in State.values if state not in {State.DRAFT, State.WITHDRAWN})
ADMITTED = tuple(state for state in RECEIVED if state not in {State.SUBMITTED, State.INADMISSIBLE})
SEE_ALL = frozenset({Role.Kind.OFFICE_LEAD, Role.Kind.OFFICE, Role.Kind.AUDITOR})
SEE_ADMITTED = frozenset({Role.Kind.SPONSOR, Role.Kind.EDITOR})
SEE_UNBIASED = frozenset({Role.Kind.SCREENER, Role.Kind.JUROR})
KEPT_APART = SEE_UNBIASED                                               # the roles that bias is about


_LEFT = Move.objects.filter(entry=OuterRef("pk"), target=State.WITHDRAWN).order_by("-at", "-pk").values("source")[:1]
NOT_SUBMITTED = (State.DRAFT, State.WITHDRAWN)


def with_title_told(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """Each with `title_told`: None while the title belongs to those who write it, which it does until they submit it.

    What was withdrawn after it had been submitted has been read; what was withdrawn as a draft never was.
    """
    submitted = ~Q(state__in=NOT_SUBMITTED) | Q(state=State.WITHDRAWN, left_from=State.SUBMITTED)
    return entries.annotate(left_from=Subquery(_LEFT)).annotate(title_told=Case(When(submitted, then="title"), default=None))


def is_title_told(entry: Entry) -> bool:
    """The same of one entry."""
    return with_title_told(Entry.objects.filter(pk=entry.pk)).exclude(title_told=None).exists() if (
        entry.state == State.WITHDRAWN) else entry.state != State.DRAFT


def applicant_marks(entries: QuerySet[Entry], competition: Competition) -> dict[int, tuple[str, object]]:
    """Entry id → by what entries of one applicant are told: the body of the register, else the folded name; of people the account.

    One query. An entry that is never named is alone, and so is one of a person without an account: see formal_check/applicants.py.
    """
    if competition.of_persons:
        contact = Contributor.objects.filter(entry=OuterRef("pk"), is_contact=True).values("person")[:1]
        rows = entries.order_by().annotate(contact=Subquery(contact)).values_list("pk", "contact")
        return {pk: ("account", account) if account else ("entry", pk) for pk, account in rows}
    return {
        pk: ("body", municipality) if municipality else ("name", key) if key and not is_unlisted else ("entry", pk)
        for pk, municipality, key, is_unlisted in entries.order_by().values_list("pk", "municipality", "applicant_key", "is_unlisted")
    }


def count_applicants(entries: QuerySet[Entry], competition: Competition) -> int:
    """From how many municipalities (or other bodies, or people) entries come, which is not how many entries there are; one query."""
    return len(set(applicant_marks(entries, competition).values()))


def entries_visible_to(person: object, competition: Competition) -> QuerySet[Entry]:
    """The entries of `competition` whose file `person` may open.

    Office and auditor: all. Sponsor and editor: the admitted. Screener and juror: the admitted for which they are not
    biased; who is juror alone, only what `entries_open_to` opens. Applicant: those they work on.
    `rules.can_read_entry` says the same of one entry.
    """
    entries = Entry.objects.filter(competition=competition)
    if not isinstance(person, Person) or not person.is_active:
        return entries.none()
    roles = roles_of(person, competition)
    if roles & SEE_ALL:
        return entries
    own = Q(Exists(Contributor.objects.filter(entry=OuterRef("pk"), person=person)))
    if roles & SEE_ADMITTED and not roles & SEE_UNBIASED:
        return entries.filter(own | Q(state__in=ADMITTED))
    if roles & (SEE_UNBIASED | SEE_ADMITTED):                           # who also judges is judged by the stricter rule
        judged = Q(state__in=ADMITTED) & ~biased(person)
        opened = entries_open_to(person, competition)
        return entries.filter(own | (judged if opened is None else judged & Q(pk__in=opened)))
    return entries.filter(own)


# A later stage says which entries a juror may read, because they have declared for them or nothing is left to decide.
opens_entries_to_jurors = Registry[[Person, Competition], Q]()


@once_per_page
def entries_open_to(person: Person, competition: Competition) -> "QuerySet[Entry, int] | None":
    """Ids of the entries that, with their opinions, are open to a juror, for a condition; None where `person` reads not as a juror alone."""
    roles = roles_of(person, competition)
    if Role.Kind.JUROR not in roles or roles & (SEE_ALL | {Role.Kind.SCREENER}):
        return None
    opened = list(opens_entries_to_jurors.answers(person, competition))
    entries = Entry.objects.filter(reduce(or_, opened), competition=competition) if opened else Entry.objects.none()
    return entries.values_list("pk", flat=True)


def biased(person: Person, entry: str = "", *, among: list[int] | None = None) -> Q:
    """The condition "`person` is biased for this entry", for querysets of entries.

    For querysets of something that has an entry, name the relation: `biased(person, "entry")`.
    Costs a query when it is built, and two more per role with an employer, whatever the number of entries;
    where only some entries are asked about, `among` (their ids) spares reading the names of all others.
    """
    start = f"{entry}__" if entry else ""
    condition = _on_record(person.pk, start)
    if house := mail_house(person.email):
        condition |= _of_mail_house(house, start)
    for competition, land, bodies, addresses in _grounds(person):
        here = Q(**{f"{start}competition": competition.pk})
        if land:
            condition |= here & _of_land(land, start)
        if bodies:
            condition |= here & Q(**{f"{start}pk__in": _entries_of_bodies(competition, bodies, among)})
        if addresses:
            condition |= here & Q(**{f"{start}address_key__in": sorted(addresses)})
    return condition


def _on_record(person: int, start: str = "") -> Q:
    """Bias that somebody declared or noted, entries that are the person's own, and those of an applicant they worked for before."""
    pk = OuterRef(f"{start}pk")
    earlier = Contributor.objects.filter(entry__applicant_key=OuterRef(f"{start}applicant_key"), person=person)
    return (
        Q(Exists(Bias.objects.filter(entry=pk, person=person))) | Q(Exists(Contributor.objects.filter(entry=pk, person=person)))
        | Q(Exists(earlier.exclude(entry__applicant_key="")))
    )


def _of_mail_house(house: str, start: str = "") -> Q:
    """Entries that somebody with a mail address of the same house works on."""
    return Q(Exists(Contributor.objects.filter(entry=OuterRef(f"{start}pk"), person__email__iendswith=f"@{house}")))


def _of_land(land: str, start: str = "") -> Q:
    """Entries from a Land, alone or with a partner there."""
    partners = Entry.partners.through.objects.filter(entry=OuterRef(f"{start}pk"), municipality__land_code=land)
    return Q(**{f"{start}land_code": land}) | Q(Exists(partners))


def _grounds(person: Person) -> Iterator[tuple[Competition, str, set[str], set[str]]]:
    """For each role: the competition; the Land, or "", the bodies (folded names) and the addresses whose entries it is kept away from."""
    for role in _roles(person.pk):
        yield (role.competition, role.land_code if own_land_counts(role.competition, role.kind) else "", bodies_of(role),
               addresses_of(role))


def bodies_of(role: Role) -> set[str]:
    """The folded names of a role's employer and of the bodies with an earlier relation."""
    return {body_key(role.employer), *map(body_key, role.earlier_bodies.splitlines())} - {""}


def addresses_of(role: Role) -> set[str]:
    """The folded street addresses of a role's home and employer."""
    return set(map(address_key, role.addresses.splitlines())) - {""}


@prepared
def _roles(person: int) -> QuerySet[Role]:
    return Role.objects.filter(person=person).select_related("competition").order_by("pk")


def without_biased(queryset: QuerySet, person: Person, entry: str = "") -> QuerySet:
    """`queryset` (of entries, or of things whose entry is named by `entry`) without those `person` is biased for."""
    return queryset.exclude(biased(person, entry))


def own_land_counts(competition: Competition, kind: str) -> bool:
    """Whether the call keeps holders of role `kind` away from entries of their own Land; screening and jury say it apart."""
    if kind == Role.Kind.JUROR:
        return JuryRules.from_json(competition.jury).exclude_own_land
    return ScreeningRules.from_json(competition.screening).exclude_own_land


def _entries_of_bodies(competition: Competition, wanted: set[str], among: list[int] | None = None) -> list[int]:
    """Ids of the entries that bodies with these folded names handed in, alone or with others."""
    return [entry for entry, keys in _body_keys(competition, among).items() if wanted & keys.keys()]


def _body_keys(competition: Competition, entries: Iterable[int] | None = None) -> dict[int, dict[str, str]]:
    """Of each entry {folded name: kind of bias} of applicant and municipality ("employer") and partners ("partner"); two queries."""
    chosen = Entry.objects.filter(competition=competition)
    through = Entry.partners.through.objects.filter(entry__competition=competition)
    if entries is not None:
        chosen, through = chosen.filter(pk__in=entries), through.filter(entry__in=entries)
    folded: dict[str, str] = {"": ""}
    keys: dict[int, dict[str, str]] = {}
    for pk, applicant, partners, name in chosen.values_list("pk", "applicant_key", "partner_keys", "municipality__name"):
        name = name or ""
        if name not in folded:
            folded[name] = body_key(name)
        keys[pk] = dict.fromkeys(partners, Bias.Kind.PARTNER) | {key: Bias.Kind.EMPLOYER for key in (applicant, folded[name]) if key}
    for pk, name in through.values_list("entry_id", "municipality__name"):
        keys[pk].setdefault(body_key(name), Bias.Kind.PARTNER)
    return keys


@dataclass
class BiasFinding:
    """A person who must be kept apart from an entry, and why. `kinds` are values of Bias.Kind."""

    person: Person
    kinds: list[str] = field(default_factory=list)
    reason: str = ""

    @property
    def labels(self) -> list[str]:
        return [str(Bias.Kind(kind).label) for kind in self.kinds]


def biased_people(entry: Entry) -> list[BiasFinding]:
    """Screeners and jurors of the competition who are biased for `entry`, with every ground, by name."""
    return sorted(_findings(entry.competition, [entry.pk]).get(entry.pk, {}).values(), key=lambda found: found.person.name)


def biased_pairs(competition: Competition, entries: list[int] | None = None) -> dict[tuple[int, int], BiasFinding]:
    """(person id, entry id) → finding for all screeners and jurors and all entries (or `entries`, ids); eight queries for any number."""
    return {
        (person, entry): finding
        for entry, findings in _findings(competition, entries).items()
        for person, finding in findings.items()
    }


def biased_sets(competition: Competition, entries: list[int]) -> dict[int, frozenset[int]]:
    """Person id → those of `entries` (ids) for which they are biased, for everybody with a role here: `biased`, for all at once."""
    found: dict[int, set[int]] = defaultdict(set)
    for entry, people in _findings(competition, entries, among=Role.Kind.values).items():
        for person in people:
            found[person].add(entry)
    return {person: frozenset(closed) for person, closed in found.items()}


def listed_bias(competition: Competition, kind: str, entries: list[int] | None = None) -> dict[tuple[int, int], str]:
    """(person id, entry id) → first ground, for all holders of role `kind`, without the own Land: that follows from two facts."""
    found = _findings(competition, entries, among=(kind,), lands=False)
    return {(person, entry): finding.kinds[0] for entry, findings in found.items() for person, finding in findings.items()}


def lands_of(entries: QuerySet[Entry]) -> dict[int, set[str]]:
    """Entry id → Länder of applicant and partners; two queries."""
    found = {pk: {land} - {""} for pk, land in entries.order_by().values_list("pk", "land_code")}
    partners = Entry.partners.through.objects.filter(entry__in=entries.order_by().values("pk"))
    for pk, land in partners.values_list("entry_id", "municipality__land_code"):
        found[pk].add(land)
    return found


def _findings(
    competition: Competition, entries: list[int] | None = None, *, among: Iterable[str] = KEPT_APART, lands: bool = True
) -> dict[int, dict[int, BiasFinding]]:
    roles = list(Role.objects.filter(competition=competition, kind__in=among).select_related("person"))
    people = {role.person_id: role.person for role in roles}
    found: dict[int, dict[int, BiasFinding]] = defaultdict(dict)

    def note(entry: int, person: int, kind: str, reason: str = "") -> None:
        finding = found[entry].setdefault(person, BiasFinding(people[person]))
        if kind not in finding.kinds:
            finding.kinds.append(kind)
        finding.reason = finding.reason or reason

    chosen = Entry.objects.filter(competition=competition)
    if entries is not None:
        chosen = chosen.filter(pk__in=entries)
    counts = {kind for kind in among if lands and own_land_counts(competition, kind)}
    by_land: dict[str, list[int]] = defaultdict(list)
    for pk, of_entry in lands_of(chosen).items() if counts else ():
        for land in of_entry:
            by_land[land].append(pk)
    by_body: dict[str, list[tuple[int, str]]] = defaultdict(list)
    if any(role.employer or role.earlier_bodies for role in roles):
        for pk, keys in _body_keys(competition, entries).items():
            for key, kind in keys.items():
                by_body[key].append((pk, kind))
    for role in roles:
        if role.land_code and role.kind in counts:
            for pk in by_land.get(role.land_code, ()):
                note(pk, role.person_id, Bias.Kind.LAND)
        own = body_key(role.employer)
        for key in sorted(bodies_of(role)):
            for pk, kind in by_body.get(key, ()):
                note(pk, role.person_id, kind if key == own else Bias.Kind.EARLIER)
    by_address: dict[str, list[int]] = defaultdict(list)
    for role in roles:
        for key in addresses_of(role):
            by_address[key].append(role.person_id)
    if by_address:
        for pk, key in chosen.filter(address_key__in=list(by_address)).values_list("pk", "address_key"):
            for person in by_address[key]:
                note(pk, person, Bias.Kind.ADDRESS)
    _note_work(chosen, people, note)
    for bias in Bias.objects.filter(entry__in=chosen, person__in=people):
        note(bias.entry_id, bias.person_id, bias.kind, bias.reason)
    return found


def _note_work(chosen: QuerySet[Entry], people: dict[int, Person], note: Callable[[int, int, str], None]) -> None:
    """Who works on the entry, worked for its applicant before, or has a mail address of the same house as somebody who does."""
    by_house: dict[str, list[int]] = defaultdict(list)
    for one in people.values():
        if house := mail_house(one.email):
            by_house[house].append(one.pk)
    of_applicant: dict[str, set[int]] = defaultdict(set)
    for key, person in Contributor.objects.filter(person__in=people).exclude(entry__applicant_key="").values_list(
            "entry__applicant_key", "person__pk"):
        of_applicant[key].add(person)
    work = Contributor.objects.filter(entry__in=chosen)
    for entry, person, email in (work if by_house else work.filter(person__in=people)).values_list(
            "entry__pk", "person__pk", "person__email"):
        if person in people:
            note(entry, person, Bias.Kind.CONTRIBUTOR)
        for other in by_house.get(mail_house(email), ()):
            note(entry, other, Bias.Kind.ORGANISATION)
    if of_applicant:
        for entry, key in chosen.filter(applicant_key__in=of_applicant).values_list("pk", "applicant_key"):
            for person in of_applicant[key]:
                note(entry, person, Bias.Kind.EARLIER)


def is_biased(person: Person, entry: Entry) -> bool:
    """Whether `biased` is true of this entry; the same conditions, each a statement that is written once."""
    house = mail_house(person.email)
    return bool(_recorded(entry.pk, person.pk)) or bool(house and house in map(mail_house, _mail_addresses(entry.pk))) or any(
        competition.pk == entry.competition_id
        and ((land and _lies_in(entry.pk, land)) or (bodies and _entries_of_bodies(competition, bodies, [entry.pk]))
             or entry.address_key in addresses)
        for competition, land, bodies, addresses in _grounds(person)
    )


@prepared
def _recorded(entry: int, person: int) -> QuerySet[Entry, int]:
    return Entry.objects.filter(_on_record(person), pk=entry).values_list("pk", flat=True)


@prepared
def _mail_addresses(entry: int) -> QuerySet[Contributor, str]:
    return Contributor.objects.filter(entry=entry).values_list("person__email", flat=True)


@prepared
def _lies_in(entry: int, land: str) -> QuerySet[Entry, int]:
    return Entry.objects.filter(_of_land(land), pk=entry).values_list("pk", flat=True)


def entries_of(person: object, competition: Competition) -> QuerySet[Entry]:
    """The entries that `person` works on as an applicant, the newest first."""
    return entries_written_by(person.pk, competition.pk) if isinstance(person, Person) else Entry.objects.none()


def entries_written_by(person: int, competition: int) -> QuerySet[Entry]:
    """The same by their ids, for queries that are prepared."""
    # Reckoned with, the place is no column of an index: else the database would look through all entries of the competition.
    here = Entry.objects.alias(place=F("competition_id") + 0).filter(place=competition)
    return here.filter(contributors__person=person).order_by("-created_at", "-pk")


@once_per_page
def is_contributor(person: object, entry: Entry) -> bool:
    return isinstance(person, Person) and entry.pk is not None and bool(_contributions(person.pk, entry.pk))


def has_account(entry: Entry) -> bool:
    """Whether somebody with an account works on the entry, and so can write and submit it themselves."""
    return entry.contributors.filter(person__is_active=True).exists()


@prepared
def _contributions(person: int, entry: int) -> QuerySet[Contributor, int]:
    return Contributor.objects.filter(person=person, entry=entry).values_list("pk", flat=True)

"""The core of a package: competition.toml and the letters."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from lorbeer.call.letters import faults_of
from lorbeer.call.models import (
    AwardGroup,
    CheckPoint,
    Competition,
    Criterion,
    ExclusionClause,
    Letter,
    Phase,
    Prize,
    Purse,
)
from lorbeer.call.package import Core, Package, Part, longer_than, register_core, register_part, replace_rows, too_long
from lorbeer.call.rulebook import RETENTION_CLASSES, ScreeningRules
from lorbeer.call.toml import Table
from lorbeer.register.models import LegalStatus
from lorbeer.shared.text import TWO_LETTERS, Localized

KEPT_FREE = {"accounts", "admin", "demo", "operator", "static", "styleguide"}   # not served everywhere, or later
PLACES = {"office_phone": "office.phone", "office_address": "office.address", "code": "competition.code"}
STAND_IN = "-"                                                          # no package can have this code
MOST_CRITERIA = 40                                                      # each is a row on every sheet
BALLOT_MODES = ("consensus", "open", "secret", "ranking", "approval", "stv")
LETTER_FILE = re.compile(r"(?P<code>[a-z0-9][a-z0-9_-]*)\.(?P<language>[a-z]{2})\.md")
SUBJECT_LINE = re.compile(r"Subject:[ \t]*(?P<subject>[^\n]+)\n\s*\n(?P<body>.*)", re.DOTALL)
_time_zones = cache(available_timezones)                                # which looks through a thousand files each time


def house_words(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[str]:
    """What the addresses of the house begin with, such as “desks” of desks/; they come before those of competitions."""
    for one in patterns:
        first = str(one.pattern).lstrip("^").partition("/")[0]
        if isinstance(one, URLResolver) and not str(one.pattern):
            yield from house_words(one.url_patterns)
        elif first and "<" not in first:
            yield first


def read_core(package: Package) -> Competition:
    """Make or update Competition and what hangs on it."""
    manifest = package.manifest
    table = manifest.table("competition")
    # Beside those of the call also those of the house, in which the office and mails to people may be.
    spoken = _read_languages(table)
    manifest.languages = table.languages = tuple(dict.fromkeys([*spoken, *dict(settings.LANGUAGES)]))
    before = len(package.faults)
    code = table.code()
    if code in KEPT_FREE | set(house_words(get_resolver().url_patterns)):
        table.fault("code", _("is an address of Lorbeer itself; choose another one"))
    # With a fault all is undone in the end; until then a stand-in lets the rest be read, so that all faults are named at once.
    code = STAND_IN if len(package.faults) > before else code
    competition = Competition.objects.filter(code=code).first() or Competition(code=code)
    competition.languages = spoken
    _read_competition(table, manifest, competition)
    for name, most in too_long(competition):
        manifest.fault(PLACES.get(name, f"competition.{name}"), longer_than(most))
        setattr(competition, name, STAND_IN if name == "code" else "")
    competition.save()
    _read_phases(manifest, package, competition)
    groups = _read_groups(manifest, package, competition)
    _check_options(package, competition, groups)
    _read_criteria(manifest, package, competition)
    _read_money(manifest, package, competition, groups)
    _read_check(manifest, package, competition)
    return competition


def _read_languages(table: Table) -> list[str]:
    """The languages of the call, the first of them that of texts in one language; German where the package names none."""
    named = list(dict.fromkeys(table.codes("languages"))) if "languages" in table.data else ["de"]
    unknown = [language for language in named if language not in TWO_LETTERS]
    if unknown:
        table.fault("languages", _("“%(value)s” is no language: name each by its two letters, such as [\"de\", \"en\"]")
                    % {"value": Truncator(unknown[0]).chars(30)})
    elif table.data.get("languages") == []:
        table.fault("languages", _("is empty: name at least one language, or leave the line out for German"))
    return [language for language in named if language in TWO_LETTERS] or ["de"]


def _read_competition(table: Table, manifest: Table, competition: Competition) -> None:
    competition.title = table.words("title", required=True)
    competition.kind = table.words("kind")
    competition.aim = table.words("aim", required=True)
    competition.sponsor = table.words("sponsor")
    kinds = tuple(Competition.ApplicantKind.values)
    competition.applicant_kind = table.text("applicants", kinds[0], choices=kinds)
    competition.time_zone = table.text("time_zone", "Europe/Berlin")
    if competition.time_zone not in _time_zones():
        table.fault("time_zone", _("is not a known time zone, such as Europe/Berlin"))
        competition.time_zone = "Europe/Berlin"
    competition.is_public = table.flag("public", True)
    competition.is_sample = table.flag("sample")
    competition.sample_note = table.words("sample_note")
    table.done()

    office = manifest.table("office")
    competition.office_name = office.words("name", required=True)
    competition.office_address = office.text("address")
    competition.office_email = office.email("email")
    competition.office_phone = office.text("phone")
    office.done()

    limits = manifest.table("limits")
    competition.max_entries_per_applicant = limits.number("entries_per_applicant", least=1)
    competition.max_projects = limits.number("projects", 0) or 0
    limits.done()

    paper = manifest.table("paper")
    competition.paper_counts_by = paper.text("counts_by", "postmark", choices=("postmark", "arrival"))
    competition.paper_keyed_twice = paper.flag("keyed_twice")
    paper.done()

    screening = manifest.table("screening")
    seats = screening.number("seats", 2)
    options = []
    for option in screening.tables("options"):
        options.append({"code": option.code(), "label": dict(option.words("label", required=True)),
                        "proposes": option.text("proposes")})
        option.done()
    competition.screening = {
        "seats": seats, "scale": screening.number("scale", 4, least=1),
        "exclude_own_land": screening.flag("exclude_own_land", True), "opinions": screening.flag("opinions", True),
        "options": options, **({"expert": True} if screening.flag("expert") else {}),
        **{name: word for name in ("fields", "language") if (word := screening.text(name))},
    }
    screening.done()
    if competition.screening.get("expert") and not competition.screening.get("fields"):
        screening.fault("expert", _("name the question whose choices are fields of expertise (fields), or leave expert out"))
    if seats and not options:
        screening.fault("options", _("name at least one vote that screeners can give, or set seats = 0 for no screening"))

    jury = manifest.table("jury")
    modes = jury.codes("modes") or ["consensus", "open"]
    for mode in modes:
        if mode not in BALLOT_MODES:
            jury.fault("modes", _("“%(mode)s” is not a way to vote; there are: %(modes)s")
                       % {"mode": mode, "modes": ", ".join(BALLOT_MODES)})
    quorum = jury.get("quorum", 0.5)
    if isinstance(quorum, bool) or not isinstance(quorum, int | float) or not 0 <= quorum <= 1:
        jury.fault("quorum", _("a share between 0 and 1 is expected"))
        quorum = 0.5
    competition.jury = {"modes": modes, "quorum": quorum, "proposals_only": jury.flag("proposals_only"),
                        "exclude_own_land": jury.flag("exclude_own_land")}
    jury.done()
    if not seats and competition.jury["proposals_only"]:
        jury.fault("proposals_only", _("without a screening (seats = 0) nobody proposes anything to the jury"))

    retention = manifest.table("retention")
    months = retention.table("months")
    given = {key: months.number(key, least=1) for key in RETENTION_CLASSES}
    months.done()
    competition.retention = {
        "months": {key: number for key, number in given.items() if number is not None},
        "proof_due_months": retention.number("proof_due_months", 12, least=1),
        "earmarked_for": dict(retention.words("earmarked_for")),
    }
    retention.done()


def _read_phases(manifest: Table, package: Package, competition: Competition) -> None:
    zone = ZoneInfo(competition.time_zone)
    rows = []
    for table in manifest.tables("phases"):
        kind = table.text("kind", required=True, choices=tuple(Phase.Kind.values))
        row = {"key": (kind, table.number("round", 1, least=1)), "starts_at": table.moment("starts", zone),
               "ends_at": table.moment("ends", zone, end=True)}
        table.done()
        if row["starts_at"] and row["ends_at"] and row["ends_at"] < row["starts_at"]:
            table.fault("ends", _("lies before the start"))
        elif not kind:
            continue
        else:
            rows.append(row)
    seen: set[Any] = set()
    competition.phases.all().delete()
    for row in rows:
        if row["key"] in seen:
            manifest.fault("phases", _("“%(name)s” stands there twice") % {"name": row["key"][0]})
            continue
        seen.add(row["key"])
        Phase.objects.create(competition=competition, kind=row["key"][0], round=row["key"][1],
                             starts_at=row["starts_at"], ends_at=row["ends_at"])
    if (Phase.Kind.SCREENING in {kind for kind, _round in seen}) and not ScreeningRules.from_json(competition.screening).seats:
        manifest.fault("phases", _("there is a phase “screening”, but no screening (screening.seats = 0)"))
    entered = {round for kind, round in seen if kind == Phase.Kind.ENTRIES}
    for kind, round in sorted(seen):
        if entered and round not in entered:
            manifest.fault("phases", _("“%(kind)s” is of round %(round)d, in which no entries are taken: there is no phase "
                                       "“entries” of that round") % {"kind": kind, "round": round})
    if not entered:
        manifest.fault("phases", _("the phase “entries” is missing: without it there is no deadline"))


def _read_groups(manifest: Table, package: Package, competition: Competition) -> dict[str, AwardGroup]:
    rows = []
    for position, table in enumerate(manifest.tables("groups"), 1):
        label = table.words("label", required=True)
        statuses = table.codes("legal_statuses")
        for status in statuses:
            if status not in LegalStatus.values:
                table.fault("legal_statuses", _("“%(status)s” is not a legal status; there are: %(all)s")
                            % {"status": status, "all": ", ".join(LegalStatus.values)})
        row = {"code": table.code(), "position": position, "label": label,
               "heading": table.words("heading") or label, "legal_statuses": statuses,
               "condition": table.text("condition").strip(), "is_special": table.flag("special")}
        if row["is_special"] and (statuses or row["condition"]):
            table.fault("special", _("a special group has no rule: no entry is sorted into it"))
        rows.append(row)
        table.done()
    if not any(not row["is_special"] for row in rows):
        manifest.fault("groups", _("at least one award group that is not special is needed"))
    return replace_rows(AwardGroup, competition.groups, rows, manifest, place="groups")


def _check_options(package: Package, competition: Competition, groups: dict[str, AwardGroup]) -> None:
    """A vote proposes an entry in its own group, in a special one, or not at all."""
    known = {"", "group", *(code for code, group in groups.items() if group.is_special)}
    for number, option in enumerate(competition.screening["options"], 1):
        if option["proposes"] not in known:
            package.manifest.fault(f"screening.options[{number}].proposes", _(
                "“%(value)s” is not possible; write “group”, the code of a special group, or nothing") % {"value": option["proposes"]})


def _read_criteria(manifest: Table, package: Package, competition: Competition) -> None:
    rows = []
    for number, table in enumerate(manifest.tables("criteria", most=MOST_CRITERIA), 1):
        rows.append({"code": table.code(), "number": number, "label": table.words("label", required=True),
                     "description": table.words("description"),
                     "optional_in_special": table.flag("optional_in_special"),
                     "weight": table.number("weight", 1, least=1)})
        table.done()
    # Numbers are unique: move the old ones out of the way before they are given out anew.
    for criterion in competition.criteria.all():
        Criterion.objects.filter(pk=criterion.pk).update(number=1000 + criterion.number)
    replace_rows(Criterion, competition.criteria, rows, manifest, place="criteria")


def _read_money(manifest: Table, package: Package, competition: Competition, groups: dict[str, AwardGroup]) -> None:
    prizes = []
    for position, table in enumerate(manifest.tables("prizes"), 1):
        group = groups.get(table.text("group", required=True))
        if group is None:
            table.fault("group", _("is not a group of this competition"))
            continue
        if table.flag("up_to") and not table.cents("amount"):
            table.fault("up_to", _("“up to” needs an amount"))
        prizes.append({"code": table.code(), "group": group, "label": table.words("label", required=True),
                       "amount_cents": table.cents("amount", required=True), "up_to": table.flag("up_to"),
                       "max_count": table.number("max_count", least=1), "position": position})
        table.done()
    replace_rows(Prize, competition.prizes, prizes, manifest, place="prizes")
    purses = []
    for table in manifest.tables("purses"):
        purses.append({"round": table.number("round", 1, least=1), "cap_cents": table.cents("cap", required=True)})
        table.done()
    if any(prize["amount_cents"] for prize in prizes):
        entered = set(competition.phases.filter(kind=Phase.Kind.ENTRIES).values_list("round", flat=True))
        for round in sorted(entered - {purse["round"] for purse in purses}):
            manifest.fault("purses", _("round %(round)d has none, but there is prize money. Name its cap") % {"round": round})
    caps = [purse["cap_cents"] for purse in purses]
    for number, prize in enumerate(prizes, 1):
        if caps and prize["amount_cents"] > max(caps):
            manifest.fault(f"prizes[{number}].amount", _("is more than the cap of the purse: it could never be awarded"))
    spent = {purse.round: purse.spent_cents for purse in competition.purses.all()}
    for purse in purses:
        if spent.get(purse["round"], 0) > purse["cap_cents"]:
            manifest.fault("purses", _("more than this cap has been awarded already"))
            return
    replace_rows(Purse, competition.purses, purses, manifest, key="round", place="purses")


def _read_check(manifest: Table, package: Package, competition: Competition) -> None:
    rows = []
    for position, table in enumerate(manifest.tables("clauses"), 1):
        rows.append({"code": table.code(), "number": table.text("number"), "position": position,
                     "label": table.words("label", required=True)})
        table.done()
    clauses = replace_rows(ExclusionClause, competition.clauses, rows, manifest, place="clauses")
    rows = []
    for position, table in enumerate(manifest.tables("check_points"), 1):
        clause = table.text("clause")
        if clause and clause not in clauses:
            table.fault("clause", _("is not a clause of this competition"))
        rows.append({"code": table.code(), "label": table.words("label", required=True), "position": position,
                     "clause": clauses.get(clause)})
        table.done()
    replace_rows(CheckPoint, competition.check_points, rows, manifest, place="check_points")


def write_core(competition: Competition) -> dict[str, Any]:
    """The tables of competition.toml, as `read_core` reads them."""
    zone = ZoneInfo(competition.time_zone)
    return pruned({
        "competition": {
            "code": competition.code, "title": competition.title, "kind": competition.kind, "aim": competition.aim,
            "sponsor": competition.sponsor, "applicants": competition.applicant_kind, "time_zone": competition.time_zone,
            "languages": competition.languages, "public": competition.is_public, "sample": competition.is_sample,
            "sample_note": competition.sample_note,
        },
        "office": {"name": competition.office_name, "address": competition.office_address,
                   "email": competition.office_email, "phone": competition.office_phone},
        "limits": {"entries_per_applicant": competition.max_entries_per_applicant, "projects": competition.max_projects},
        "paper": {"counts_by": competition.paper_counts_by, "keyed_twice": competition.paper_keyed_twice},
        "phases": [{"kind": phase.kind, "round": phase.round, "starts": _local(phase.starts_at, zone),
                    "ends": _local(phase.ends_at, zone)} for phase in competition.phases.all()],
        "groups": [{"code": group.code, "label": group.label, "heading": group.heading,
                    "legal_statuses": group.legal_statuses, "condition": group.condition, "special": group.is_special}
                   for group in competition.groups.all()],
        "criteria": [{"code": criterion.code, "label": criterion.label, "description": criterion.description,
                      "optional_in_special": criterion.optional_in_special,
                      "weight": criterion.weight if criterion.weight != 1 else None} for criterion in competition.criteria.all()],
        "prizes": [{"code": prize.code, "group": prize.group.code, "label": prize.label,
                    "amount": _euro(prize.amount_cents), "up_to": prize.up_to, "max_count": prize.max_count}
                   for prize in competition.prizes.select_related("group")],
        "purses": [{"round": purse.round, "cap": _euro(purse.cap_cents)} for purse in competition.purses.order_by("round")],
        "clauses": [{"code": clause.code, "number": clause.number, "label": clause.label}
                    for clause in competition.clauses.all()],
        "check_points": [{"code": point.code, "label": point.label,
                          "clause": point.clause.code if point.clause else None}
                         for point in competition.check_points.select_related("clause")],
        "screening": in_order(competition.screening) if competition.has_screening else {"seats": 0},
        "jury": in_order(competition.jury), "retention": in_order(competition.retention),
    }, competition.first_language)


def in_order(value: Any) -> Any:
    """JSON with sorted keys: databases give them back in orders of their own, and the package must not depend on that."""
    if isinstance(value, dict):
        return type(value)({key: in_order(value[key]) for key in sorted(value)})
    return [in_order(item) for item in value] if isinstance(value, list) else value


def pruned(value: Any, language: str) -> Any:
    """Without what is empty: an absent key reads as the same default. A text in the call's first language alone becomes plain."""
    if isinstance(value, Localized):
        value = in_order(value)
    if isinstance(value, Localized) or (isinstance(value, dict) and set(value) == {language}):
        return value[language] if set(value) == {language} else dict(value)
    if isinstance(value, dict):
        return {key: pruned(item, language) for key, item in value.items() if item not in (None, "", {}, [], Localized())}
    if isinstance(value, list):
        return [pruned(item, language) for item in value]
    return value


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone).replace(tzinfo=None) if moment else None


def _euro(cents: int) -> int | str:
    return cents // 100 if cents % 100 == 0 else str(Decimal(cents) / 100)


def read_letters(package: Package, competition: Competition) -> None:
    rows = []
    for path in package.files("letters/*"):
        name = LETTER_FILE.fullmatch(path.name)
        if not name:
            package.fault(path, _("is not named like a letter: code.language.md"))
            continue
        text = SUBJECT_LINE.fullmatch(package.text(path).replace("\r\n", "\n"))
        if not text:
            package.fault(path, _("begins with “Subject: …” and an empty line, then the text"))
            continue
        for sentence in faults_of(name["code"], text["subject"], text["body"]):
            package.fault(path, sentence)
        rows.append({"key": (name["code"], name["language"]), "subject": text["subject"].strip(),
                     "body": text["body"].strip() + "\n"})
    kept = set()
    for row in rows:
        code, language = row["key"]
        if faults := list(too_long(Letter(code=code, subject=row["subject"]))):
            package.faults += [f"letters/{code[:60]}.{language}.md: {name} " + longer_than(most) for name, most in faults]
            continue
        letter, _created = Letter.objects.update_or_create(
            competition=competition, code=code, language=language,
            defaults={"subject": row["subject"], "body": row["body"]},
        )
        kept.add(letter.pk)
    for letter in competition.letters.exclude(pk__in=kept):
        try:
            with transaction.atomic():
                letter.delete()
        except (ProtectedError, RestrictedError):
            package.faults.append(f"letters/{letter.code}.{letter.language}.md: " + _(
                "is missing, but it is in use already and cannot be taken away"))


def write_letters(competition: Competition, folder: Path, manifest: dict[str, Any]) -> None:
    letters = list(competition.letters.order_by("code", "language"))
    if letters:
        (folder / "letters").mkdir()
    for letter in letters:
        path = folder / "letters" / f"{letter.code}.{letter.language}.md"
        path.write_text(f"Subject: {letter.subject}\n\n{letter.body}", "utf-8")


register_core(Core(read_core, write_core))
register_part(Part("letters", read_letters, write_letters))

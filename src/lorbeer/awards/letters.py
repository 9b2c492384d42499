"""What winners and the others are told: the competition's own letters, or the house's words where it has none.

Placeholders: entry.title/.code/.applicant, competition.title/.sponsor, office.name/.email/.phone, recipient.name,
award.list (one line each), award.sum, award.prize/.group/.amount (the first award), page.url.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.awards.models import Award
from lorbeer.call.letters import in_language, register_house_words, render
from lorbeer.call.models import Letter
from lorbeer.entries.models import Entry
from lorbeer.intake.readers import Reader
from lorbeer.shared.money import format_euro, format_prize
from lorbeer.shared.text import language_for

WON, NOT_WON, PROOF = "result_won", "result_not_won", "portrait_proof"


def write(
    code: str,
    entry: Entry,
    person: Reader,
    awards: list[Award],
    *,
    letters: dict[tuple[str, str], Letter] | None = None,
) -> tuple[str, str]:
    """Title and body of letter `code` to `person` about `entry`, in the person's language, or in one that the letter is written in.

    `letters`: {(code, language): letter} of the competition, when many are written. Raises BadInput for a placeholder
    that is not known, naming the letter.
    """
    letter = _letter(code, entry, person, letters)
    with translation.override(language_for(letter.language if letter else person.language)):
        facts = _facts(entry, person, awards)
        return render(letter, facts) if letter else _house_words(code, facts, has_account=person.person is not None)


def addressed(code: str, entry: Entry, person: Reader, letters: dict[tuple[str, str], Letter] | None = None) -> Reader:
    """`person` as somebody who reads the language in which letter `code` goes out: on paper all around the text is in it, too."""
    letter = _letter(code, entry, person, letters)
    return person._replace(language=letter.language) if letter else person


def _letter(code: str, entry: Entry, person: Reader, letters: dict[tuple[str, str], Letter] | None) -> Letter | None:
    known = own_letters(entry.competition) if letters is None else letters
    written = [letter for (known_code, _language), letter in known.items() if known_code == code]
    return in_language(entry.competition, written, person.language)


def own_letters(competition: Any) -> dict[tuple[str, str], Letter]:
    return {(letter.code, letter.language): letter for letter in competition.letters.filter(code__in=(WON, NOT_WON, PROOF))}


def award_line(award: Award) -> str:
    """`Hauptpreis (Landkreise): 25.000 €`, with the project where it won by itself."""
    line = f"{award.prize.label} ({award.group})" + (f": {format_euro(award.amount_cents)}" if award.amount_cents else "")
    if award.project is None:
        return line
    return line + ", " + _("project “%(title)s”") % {"title": award.project.title}


def _facts(entry: Entry, person: Reader, awards: list[Award]) -> dict[str, Any]:
    competition = entry.competition
    facts: dict[str, Any] = {
        "entry": {"title": entry.title or entry.code, "code": entry.code, "applicant": entry.applicant},
        "competition": {"title": str(competition.title), "sponsor": str(competition.sponsor)},
        "office": {"name": str(competition.office_name), "email": competition.office_email, "phone": competition.office_phone},
        "recipient": {"name": person.name},
        "person": {"name": person.name},
        "applicant": {"name": entry.applicant},
        "page": {"url": settings.BASE_URL + _page(entry, has_account=person.person is not None)},
    }
    if awards:
        first = awards[0]
        facts["award"] = {
            "list": "\n".join(award_line(award) for award in awards),
            "sum": format_prize(sum(one.amount_cents for one in awards)),
            "prize": str(first.prize.label),
            "group": str(first.group),
            "amount": format_prize(first.amount_cents),
        }
    return facts


def _page(entry: Entry, *, has_account: bool) -> str:
    """The entry's own page with the result; for those without an account the competition's."""
    try:
        if not has_account:
            return reverse("website:competition_home", args=[entry.competition.code])
        return reverse("awards:result_show", kwargs={"competition": entry.competition.code, "code": entry.code})
    except NoReverseMatch:
        return "/"


def _house_words(code: str, facts: Mapping[str, Any], *, has_account: bool = True) -> tuple[str, str]:
    flat = {f"{part}_{name}": value for part, names in facts.items() for name, value in names.items()}
    flat["what_follows"] = _("Your certificate and what happens next are here:\n%(page)s") % {"page": facts["page"]["url"]} if (
        has_account) else _("We shall send you the certificate and write to you about what comes next.")
    if code == WON:
        return (
            _("“%(entry_title)s” has won") % flat,
            _(
                "Good day %(recipient_name)s,\n\nthe jury of the competition “%(competition_title)s” has awarded a prize to your entry"
                " “%(entry_title)s”. Congratulations!\n\n%(award_list)s\n\n%(what_follows)s"
                "\n\nKind regards\n%(office_name)s\n"
            )
            % flat,
        )
    if code == NOT_WON:
        return (
            _("The result for “%(entry_title)s”") % flat,
            _(
                "Good day %(recipient_name)s,\n\nthe jury of the competition “%(competition_title)s” has met. Your entry"
                " “%(entry_title)s” did not win a prize. Thank you for taking part and for letting others learn from your work.\n\n"
                "%(page_url)s\n\nKind regards\n%(office_name)s\n"
            )
            % flat,
        )
    return (
        _("Please read: the portrait of “%(entry_title)s”") % flat,
        _(
            "Good day %(recipient_name)s,\n\na portrait of your entry “%(entry_title)s” will be printed. Please read it, and approve it or"
            " tell us what should be changed:\n%(page_url)s\n\nKind regards\n%(office_name)s\n"
        )
        % flat,
    )


for _code in (WON, NOT_WON, PROOF):
    register_house_words(_code, partial(_house_words, _code))

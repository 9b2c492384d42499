"""From what people type, a name or an official key, to the municipality of the register that they mean."""

import re

from django.db.models import Q
from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import Form, Type
from lorbeer.register.folding import fold
from lorbeer.register.models import LegalStatus, Municipality, RegisterEdition
from lorbeer.register.queries import bodies_called, bodies_to_choose
from lorbeer.shared.errors import BadInput


class Ambiguous(BadInput):
    """A name that several bodies bear, or none exactly; `bodies` are those that may be meant, `more` how many there are besides."""

    def __init__(self, sentence: str, bodies: list[Municipality], more: int) -> None:
        super().__init__(sentence)
        self.bodies, self.more = bodies, more


def key_named(edition: RegisterEdition | None, text: str) -> str:
    """The key of the municipality called `text`, which may end with the key in brackets; BadInput that lists what could be meant."""
    text = text.strip()
    if match := re.search(r"\((\d{2,12})\)$", text):
        return match[1]
    if not text or re.fullmatch(r"[\d\s]+", text) or edition is None:
        return text
    exact = bodies_called(edition, text)
    if len(exact) == 1:
        return exact[0].key
    found, more = bodies_to_choose(edition, text)
    if not found:
        raise BadInput((
            _("There is no municipality “%(name)s” in the extract of the official register that is used here. Please check the spelling; if "
              "it is right, write to the competition office, which can add it.") if edition.is_extract else
            _("There is no municipality “%(name)s” in the official register. Please check the spelling; if it is right, write to the "
              "competition office.")) % {"name": text[:80]})
    names = "; ".join(f"{one.name} ({one.key})" for one in (exact or found)[:5])
    raise Ambiguous(_("“%(name)s” is not the exact name of one municipality alone. Please enter which one is meant: %(names)s")
                    % {"name": text[:80], "names": names}, found, more)


def facts_of(edition: RegisterEdition | None, value: dict[str, str]) -> dict[str, str]:
    """The answer with what the register says of its key; BadInput where it knows none. Without a register, as it is."""
    if edition is None:
        return value
    found = edition.municipalities.filter(key=value["key"]).first()
    if found is None:
        raise BadInput(
            _("The official register knows no municipality with the key %(key)s.") % {"key": value["key"]}
        )
    return answer_of(found, edition)


def answer_of(body: Municipality, edition: RegisterEdition) -> dict[str, str]:
    """A body of the register as the answer to a question for a municipality."""
    return {"key": body.key, "name": body.name, "land": body.land_code, "edition": edition.as_of.isoformat()}


def question_for_applicant(form: Form) -> str:
    """Name of the question for the applying municipality: by its role, else the only one of its type; empty where there is none."""
    asked = [placed.question for placed in form.placed.values()
             if placed.question.type == Type.MUNICIPALITY and placed.repeat is None and placed.question.role != "partner"]
    named = [question.name for question in asked if question.role == "municipality"] or [question.name for question in asked]
    return named[0] if len(named) == 1 else ""


MOST_NAMES = 60                                                         # of bodies in one text
_WORDS = re.compile(r"^(?:die |der |das )?(?:stadt|gemeinde|markt|flecken|kreisfreie stadt|landeshauptstadt) ")


def bodies_in(edition: RegisterEdition | None, text: str, land: str = "") -> tuple[list[Municipality], list[str]]:
    """The bodies that a text names, such as “Stadt Würzburg, Gerbrunn und Höchberg”, and the names that the register does not know.

    A name that several bodies bear means the one in `land` (two letters), if there is one alone. One query.
    """
    pieces = [piece.strip(" .") for piece in re.split(r"[,;\n]| und | sowie | & ", text) if piece.strip(" .")][:MOST_NAMES]
    wanted = {piece: {fold(piece), _WORDS.sub("", fold(piece))} - {""} for piece in pieces}
    names = set().union(*wanted.values()) if wanted else set()
    if edition is None or not names:
        return [], pieces
    same = Q(key__in=[piece for piece in pieces if piece.isdigit()])
    for name in names:
        same |= Q(search_name=name) | Q(search_name__startswith=f"{name} ")
    candidates = list(edition.municipalities.filter(same).exclude(legal_status=LegalStatus.LAND))
    found, unknown = [], []
    for piece in pieces:
        fitting = [one for one in candidates if one.key == piece or fold(one.name) in wanted[piece]] or [
            one for one in candidates if fold(one.name.split(",")[0]) in wanted[piece]]
        if len(fitting) > 1:
            fitting = [one for one in fitting if one.land_code == land]
        if len(fitting) == 1:
            found += [one for one in fitting if one not in found]
        else:
            unknown.append(piece)
    return found, unknown

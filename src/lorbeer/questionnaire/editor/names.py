"""Names in a questionnaire: unique in the whole form, made of the words of a label where nobody says another."""

import re
import unicodedata
from collections.abc import Collection

from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import NAME, OTHER, Form, Node, Question
from lorbeer.shared.errors import BadInput

LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def names_of(form: Form) -> set[str]:
    """All names that are taken."""
    return {node.name for node in form.nodes() if node.name}


def names_within(node: Node) -> set[str]:
    """The name of a node, with those of all that it holds and of the texts for "other"."""
    names = {node.name} if node.name else set()
    if isinstance(node, Question):
        return names | ({f"{node.name}_{OTHER}"} if node.or_other else set())
    return names.union(*(names_within(item) for item in node.items)) if node.items else names


def propose_name(label: str, taken: Collection[str], *, otherwise: str = "frage") -> str:
    """A name made of the words of a label: „Welches Konzept gibt es?“ → welches_konzept_gibt_es."""
    plain = unicodedata.normalize("NFKD", label.lower().translate(LETTERS)).encode("ascii", "ignore").decode()
    words = re.sub(r"\$\{[^}]*\}", " ", plain)
    name = re.sub(r"[^a-z0-9]+", "_", words).strip("_").lstrip("0123456789_")[:40].rpartition("_")
    base = (name[0] if len("".join(name)) == 40 and name[0] else "".join(name)).strip("_") or otherwise
    return unused(base, taken)


def unused(base: str, taken: Collection[str]) -> str:
    """`base`, with a number where that is taken; a name whose text for “other” is taken counts as taken, too."""
    name, number = base, 1
    while name in taken or f"{name}_{OTHER}" in taken:
        number += 1
        name = f"{base[:90]}_{number}"
    return name


def check_name(form: Form, name: str, *, own: Collection[str] = ()) -> None:
    """BadInput unless a node could be called so; `own`: names that may be taken, because they are its own."""
    if not NAME.fullmatch(name):
        raise BadInput(
            _("“%(name)s” cannot be a name: it begins with a letter, then letters without accents, digits, _, - or . follow, at "
              "most 100.") % {"name": name[:60]}
        )
    if name in names_of(form) - set(own):
        raise BadInput(_("The name “%(name)s” is taken already. Names are unique in the whole form.") % {"name": name})

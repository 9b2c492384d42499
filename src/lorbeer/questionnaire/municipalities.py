"""From what people type, a name or an official key, to the municipality of the register that they mean."""

import re

from django.utils.translation import gettext as _

from lorbeer.register.models import RegisterEdition
from lorbeer.register.queries import municipalities_named
from lorbeer.shared.errors import BadInput


def key_named(edition: RegisterEdition | None, text: str) -> str:
    """The key of the municipality called `text`, which may end with the key in brackets; BadInput that lists what could be meant."""
    text = text.strip()
    if match := re.search(r"\((\d{2,12})\)$", text):
        return match[1]
    if not text or re.fullmatch(r"[\d\s]+", text) or edition is None:
        return text
    found = list(municipalities_named(edition, text, limit=6))
    exact = [one for one in found if one.name.lower() == text.lower()]
    if len(exact) == 1 or len(found) == 1:
        return (exact or found)[0].key
    if not found:
        raise BadInput(_("There is no municipality “%(name)s” in the official register.") % {"name": text[:80]})
    names = "; ".join(f"{one.name} ({one.key})" for one in found[:5])
    raise BadInput(_("Several municipalities fit. Please enter one of them exactly: %(names)s") % {"names": names})


def facts_of(edition: RegisterEdition | None, value: dict[str, str]) -> dict[str, str]:
    """The answer with what the register says of its key; BadInput where it knows none. Without a register, as it is."""
    if edition is None:
        return value
    found = edition.municipalities.filter(key=value["key"]).first()
    if found is None:
        raise BadInput(
            _("The official register knows no municipality with the key %(key)s.") % {"key": value["key"]}
        )
    return {
        "key": found.key,
        "name": found.name,
        "land": found.land_code,
        "edition": edition.as_of.isoformat(),
    }

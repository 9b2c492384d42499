"""When do two names, mail or street addresses belong to the same body? "Stadt Musterstadt" and "Musterstadt, Stadt" do."""

import re
from itertools import pairwise

from lorbeer.register.folding import fold

# Words that say what kind of place it is but not which; "Landkreis" stays: it is another body than its town.
IDLE = frozenset([
    "stadt", "gemeinde", "hansestadt", "landeshauptstadt", "universitatsstadt", "hochschulstadt", "kreisstadt",
    "bundesstadt", "markt", "flecken", "wissenschaftsstadt", "samtgemeinde", "verbandsgemeinde", "freie", "grosse",
    "der", "die", "das", "und", "am", "an", "im", "in", "e", "v", "ev", "gmbh", "ggmbh",
])


def body_key(name: str) -> str:
    """`name` of a body, folded so that spellings of the same body are equal: words without idle ones, sorted.

    Empty for an empty name; a name of idle words alone keeps them.
    """
    words = fold(name).split()
    telling = [word for word in words if word not in IDLE]
    return " ".join(sorted(telling or words))[:300]


# Whose addresses tell nothing of an employer: providers that everybody can have one of, and names that are reserved for examples.
SHARED_HOUSES = frozenset([
    "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de", "arcor.de", "mail.de", "mailbox.org", "posteo.de",
    "online.de", "1und1.de", "vodafone.de", "kabelmail.de", "unitybox.de", "email.de", "mail.com", "gmail.com", "googlemail.com",
    "outlook.com", "outlook.de", "hotmail.com", "hotmail.de", "live.com", "live.de", "msn.com", "yahoo.com", "yahoo.de", "aol.com",
    "aol.de", "icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com", "pm.me", "tutanota.com", "tutanota.de", "tuta.io",
    "zoho.com", "yandex.com", "bluewin.ch", "a1.net", "chello.at", "orange.fr", "free.fr", "laposte.net", "libero.it",
    "example.org", "example.com", "example.net",
])
RESERVED = (".example", ".test", ".invalid", ".localhost", ".local")


def mail_house(email: str) -> str:
    """What stands behind the @, where it tells of a body; else "". A subdomain is another house: ministries share theirs."""
    house = email.rpartition("@")[2].strip().lower()
    return "" if house in SHARED_HOUSES or house.endswith(RESERVED) or "." not in house else house


POSTCODE = re.compile(r"(?<![\w.-])(?:[A-Z]{1,2}-)?(\d{4,5})(?=\s+[^\W\d])")    # before the name of a place
# What is said of a house beside its street and number: floor, room, part of it, whom to ask for there.
WITHIN = (r"(?:\d+\s*\.?\s*)?(?:og|ug|eg|dg|obergeschoss|untergeschoss|erdgeschoss|dachgeschoss|stock|stockwerk|etage|floor)\b.*"
          r"|(?:haus|gebäude|geb\.?|block|trakt|flügel|hinterhaus|vorderhaus|aufgang|eingang|treppe|zimmer|zi\.?|raum|büro|wohnung|whg\.?"
          r"|apartment|app\.?|top|tür|abteilung|abt\.?|room|building)"
          r"\s*(?:nr\.?\s*)?(?:[^\W\d]{0,2}\s*[./-]?\s*\d+(?:[./-]\d+)*\s*[^\W\d]?|[^\W\d])"
          r"|(?:c/o|z\.\s?hd\.|zu händen).*")
ASIDE = re.compile(rf"\s*(?:{WITHIN})\s*", re.IGNORECASE)
ASIDE_BEHIND = re.compile(rf"(\d\s?[a-z]?)\s+(?:{WITHIN})\s*$", re.IGNORECASE)
BOX = re.compile(r"\s*(?:postfach|pf\.?|p\.?\s?o\.?\s?box)\b", re.IGNORECASE)
STREET = re.compile(
    r"(?:str\.|straße|strasse|weg|platz|pl\.|allee|gasse|ring|damm|ufer|chaussee|markt|hof|steig|pfad|wall|graben|promenade)\s*\d",
    re.IGNORECASE)
SQUARE = re.compile(r"\s*[A-U]\s?\d{1,2}\s*")                          # Mannheim: L 7, 1
SHORT = {"str": "strasse", "pl": "platz"}                              # at the end of a word: Hauptstr., Rathauspl.


def address_key(address: str) -> str:
    """Street, house number and postcode of an address, folded so that spellings of the same one are equal; "" where one is missing.

    `Musterstr. 5 a, 12345 Musterstadt`, in one line or several, also with a name before it. What a place is called makes no difference
    beside its postcode, nor do floor, room, part of the house and whom to ask for there. A street without a number tells of no house,
    and neither does one of Mannheim's squares by itself. A post box counts where no street is named.
    """
    line = re.sub(r"[\r\n;]+", ",", address)
    places = list(POSTCODE.finditer(line))
    if not places:
        return ""
    house = _house([part for part in line[: places[-1].start()].split(",") if part.strip() and not ASIDE.fullmatch(part)])
    words = [
        next((word.removesuffix(short) + full for short, full in SHORT.items() if word.endswith(short)), word)
        for word in fold(ASIDE_BEHIND.sub(r"\1", house)).split()
    ]
    return f"{places[-1][1]} {''.join(words)}"[:200] if words else ""


def _house(parts: list[str]) -> str:
    """Of the parts of an address before its postcode the one with street and number; "" where there is none."""
    for square, number in pairwise(parts):
        if SQUARE.fullmatch(square) and re.fullmatch(r"\s*\d+\s*[a-z]?\s*", number):
            return f"{square.replace(' ', '')} {number.replace(' ', '')}"
    telling = [part for part in parts if re.search(r"[^\W\d]", part) and re.search(r"\d", part) and not SQUARE.fullmatch(part)]
    streets = [part for part in telling if not BOX.match(part)]
    numbered = [part for part in streets if re.search(r"[^\W\d].*?\d", part)]
    named = [part for part in numbered if STREET.search(part)]
    return next((found[-1] for found in (named, numbered, streets, telling) if found), "")

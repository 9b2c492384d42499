"""When are two names of a body the same? "Stadt Musterstadt" and "Musterstadt, Stadt" are."""

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

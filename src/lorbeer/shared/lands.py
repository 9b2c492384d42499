"""The sixteen Länder: names, and where each stands on the tile map."""

NAMES = {
    "BW": "Baden-Württemberg", "BY": "Bayern", "BE": "Berlin", "BB": "Brandenburg", "HB": "Bremen", "HH": "Hamburg",
    "HE": "Hessen", "MV": "Mecklenburg-Vorpommern", "NI": "Niedersachsen", "NW": "Nordrhein-Westfalen",
    "RP": "Rheinland-Pfalz", "SL": "Saarland", "SN": "Sachsen", "ST": "Sachsen-Anhalt", "SH": "Schleswig-Holstein",
    "TH": "Thüringen",
}
# Column and row of each Land's tile; a tile map is readable for Bremen and Hamburg, too.
TILES = {
    "SH": (2, 0), "HB": (1, 1), "HH": (2, 1), "MV": (3, 1), "NI": (1, 2), "ST": (2, 2), "BB": (3, 2), "BE": (4, 2),
    "NW": (0, 3), "HE": (1, 3), "TH": (2, 3), "SN": (3, 3), "RP": (0, 4), "BW": (1, 4), "BY": (2, 4), "SL": (0, 5),
}


def land_name(code: str) -> str:
    """`Bayern` for `BY`; the code itself for what is no Land."""
    return NAMES.get(code, code)

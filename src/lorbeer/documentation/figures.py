"""Figures of the book: what they show; `shared/charts.py` draws them.

Each gives the picture, its alternative text, and the same numbers as a table: nobody has to see to know.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from lorbeer.documentation.dataset import Dataset, base_text, number_text, percent_text, said, share
from lorbeer.shared.charts import bars, tile_map
from lorbeer.shared.charts import funnel as funnel_chart
from lorbeer.shared.lands import NAMES, land_name


@dataclass(frozen=True)
class Figure:
    svg: bytes
    alt: str
    caption: str
    table: dict                                                         # as a block of kind "table"


def _table(header: list[str], rows: list[list[str]], strong: list[int] | None = None) -> dict:
    return {"kind": "table", "header": [header], "rows": rows, "align": ["left"] + ["right"] * (len(header) - 1),
            "widths": [3] + [1] * (len(header) - 1), "strong_rows": strong or []}


def entries_by_group(data: Dataset) -> Figure:
    """How many admitted entries each award group has."""
    total = len(data.counted_entries)
    counts = {group["code"]: 0 for group in data.groups if not group.get("is_special")}
    for entry in data.counted_entries:
        counts[entry["group"]] = counts.get(entry["group"], 0) + 1
    headings = {group["code"]: group["heading"] for group in data.groups}
    rows = [(str(headings.get(code, code)), count, share(count, total)) for code, count in counts.items()]
    spoken = ", ".join(f"{label} {number_text(count)}" for label, count, _percent in rows)
    return Figure(
        bars([(label, count, f"{count} ({percent_text(percent)})") for label, count, percent in rows],
             said("Wettbewerbsbeiträge nach Gruppe", "Entries by group")),
        said("Balkendiagramm der zugelassenen Beiträge nach Gruppe: %(rows)s; zusammen %(total)s.",
             "Bar chart of the entries admitted, by group: %(rows)s; %(total)s in all.")
        % {"rows": spoken, "total": number_text(total)},
        said("Zugelassene Wettbewerbsbeiträge nach Prämierungsgruppe", "Entries admitted, by award group")
        + f" (n={number_text(total)})",
        _table([said("Gruppe", "Group"), said("Beiträge", "Entries"), said("Anteil", "Share")],
               [[label, number_text(count), percent_text(percent)] for label, count, percent in rows]
               + [[said("Gesamt", "Total"), number_text(total), percent_text(share(total, total))]], [len(rows)]),
    )


def entries_by_land(data: Dataset) -> Figure:
    """How many entries named in the list come from each Land."""
    counts: dict[str, int] = {}
    for entry in data.counted_entries:
        if entry.get("land"):
            counts[entry["land"]] = counts.get(entry["land"], 0) + 1
    listed = sum(counts.values())
    ordered = sorted(counts.items(), key=lambda item: (-item[1], land_name(item[0])))
    without = [name for code, name in NAMES.items() if code not in counts]
    spoken = ", ".join(f"{land_name(code)} {count}" for code, count in ordered)
    missing = len(data.counted_entries) - listed
    noun = said("Beitrag", "entry") if missing == 1 else said("Beiträge", "entries")
    note = f"; {missing} {noun} " + said("ohne Angabe des Landes", "without a Land") if missing else ""
    return Figure(
        tile_map(counts, said("Wettbewerbsbeiträge nach Land", "Entries by Land")),
        said("Kachelkarte der Länder mit der Zahl der Beiträge: ", "Tile map of the Länder with the number of entries: ") + spoken
        + (said("; keine aus ", "; none from ") + ", ".join(without) if without else "") + ".",
        said("Wettbewerbsbeiträge nach Land", "Entries by Land") + f" (n={number_text(listed)}{note})",
        _table(["Land", said("Beiträge", "Entries"), said("Anteil", "Share")],
               [[land_name(code), number_text(count), percent_text(share(count, listed))] for code, count in ordered]
               + [[name, "0", percent_text(share(0, 1))] for name in without]
               + [[said("Gesamt", "Total"), number_text(listed), percent_text(share(1, 1))]], [len(ordered) + len(without)]),
    )


def awards_by_group(data: Dataset) -> Figure:
    """What each group and the special category got of the prize money."""
    rows = []
    for group in data.groups:
        mine = [award for award in data.counted_awards if award["group"] == group["code"]]
        rows.append((str(group["heading"]), len(mine), sum(award["amount_cents"] for award in mine) // 100))
    spent = sum(euros for _label, _count, euros in rows)
    shown = [(label, float(euros), f"{number_text(euros)} € ({count})") for label, count, euros in rows]
    table_rows = [[label, str(count), f"{number_text(euros)} €"] for label, count, euros in rows]
    table_rows.append([said("Gesamt", "Total"), str(len(data.counted_awards)), f"{number_text(spent)} €"])
    strong = [len(table_rows) - 1]
    if data.cap_cents:
        left = data.cap_cents // 100 - spent
        unspent = said("nicht vergeben", "not awarded")
        shown.append((unspent, float(left), f"{number_text(left)} €"))
        table_rows.append([unspent, "–", f"{number_text(left)} €"])
    spoken = ", ".join(
        f"{label} {number_text(euros)} " + said(f"Euro für {count} Prämierungen", f"euro for {count} awards")
        for label, count, euros in rows)
    return Figure(
        bars(shown, said("Preisgelder nach Gruppe", "Prize money by group")),
        said("Balkendiagramm der Preisgelder: ", "Bar chart of the prize money: ") + spoken + ".",
        said("Preisgelder nach Gruppe, in Klammern die Zahl der Prämierungen", "Prize money by group, with the number of awards"),
        _table([said("Gruppe", "Group"), said("Prämierungen", "Awards"), said("Preisgeld", "Prize money")], table_rows, strong),
    )


def funnel(data: Dataset) -> Figure:
    """From the entries that came in to the awards."""
    numbers = data.numbers
    rows = [(label, count) for label, count in (
        (said("eingegangen", "received"), numbers.get("received")), (said("zugelassen", "admitted"), len(data.counted_entries)),
        (said("der Jury vorgeschlagen", "proposed to the jury"), numbers.get("proposed")),
        (said("prämiert", "awarded"), len(data.counted_awards)),
    ) if count is not None]
    spoken = ", ".join(f"{label} {count}" for label, count in rows)
    return Figure(
        funnel_chart([(label, count, number_text(count)) for label, count in rows], said("Vom Eingang zum Preis", "From arrival to award")),
        said("Balkendiagramm vom Eingang bis zum Preis: ", "Bar chart from arrival to award: ") + spoken + ".",
        said("Wettbewerbsbeiträge vom Eingang bis zur Prämierung", "Entries from arrival to award"),
        _table([said("Stand", "Stage"), said("Beiträge", "Entries")], [[label, number_text(count)] for label, count in rows]),
    )


def table_figure(data: Dataset, code: str) -> Figure | None:
    """Bars of a table: of its rows where it has one column, else of the columns of its total row."""
    table = data.table(code)
    if table is None:
        return None
    if len(table["columns"]) == 1:
        column = table["columns"][0]["code"]
        cells = [(row["label"], row["cells"][column]) for row in table["rows"]]
    else:
        total = next((row for row in table["rows"] if row.get("is_total")), table["rows"][-1])
        cells = [(column["label"], total["cells"][column["code"]]) for column in table["columns"]]
        if table.get("shares") == "column":                             # there the total of each is a hundred
            cells = [(label, cell | {"percent": _share_of_all(cell["count"], total["base"])}) for label, cell in cells]
    rows = [(str(label), float(cell["percent"] or 0), _percent_or_dot(cell)) for label, cell in cells]
    spoken = ", ".join(f"{label} {end}" for label, _length, end in rows)
    quoted = said(f"„{table['title']}“", f"“{table['title']}”") if table["title"].endswith("?") else table["title"]
    return Figure(
        bars(rows, table["title"], label_width=210), said("Balkendiagramm zu ", "Bar chart of ") + f"{quoted}: {spoken}.",
        f"{quoted} ({base_text(table)}, {said('in Prozent', 'in percent')})",
        _table([str(table.get("row_heading", "") if len(table["columns"]) == 1 else "") or said("Angabe", "Answer"), "abs.", "%"],
               [[str(label), "·" if cell["count"] is None else number_text(cell["count"]), _percent_or_dot(cell)]
                for label, cell in cells]),
    )


def _share_of_all(count: int | None, base: int | None) -> Decimal | None:
    return None if count is None or base is None else share(count, base)


def _percent_or_dot(cell: dict) -> str:
    return "·" if cell["percent"] is None else percent_text(Decimal(str(cell["percent"])))


FIGURES: dict[str, Callable[[Dataset], Figure]] = {
    "entries_by_group": entries_by_group, "entries_by_land": entries_by_land, "awards_by_group": awards_by_group,
    "funnel": funnel,
}


def figure(data: Dataset, name: str) -> Figure | None:
    """The figure called `name`, or that of the table called `name`; None where there is neither."""
    if name in FIGURES:
        return FIGURES[name](data)
    return table_figure(data, name)

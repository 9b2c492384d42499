"""The official forms of the register, made of rows of the extract, for tests."""

import csv
import io

import openpyxl

ROW = ("satzart", "textkennzeichen", "land", "rb", "kreis", "vb", "gemeinde", "gemeindename", "flaeche", "bevoelkerung",
       "maennlich", "weiblich", "jekm2", "postleitzahl", "laengengrad", "breitengrad")
SMALL = """satzart,textkennzeichen,land,rb,kreis,vb,gemeinde,gemeindename,flaeche,bevoelkerung,postleitzahl,laengengrad,breitengrad
10,,01,,,,,Schleswig-Holstein,,,,,
40,41,01,0,01,,,"Flensburg, Stadt",,,,,
50,50,01,0,01,0000,,"Flensburg, Stadt",,,,,
60,41,01,0,01,0000,000,"Flensburg, Stadt",53.02,90 164,24937,"9,43751","54,78252"
40,43,01,0,51,,,Dithmarschen,,,,,
50,51,01,0,51,5163,,Burg-St. Michaelisdonn,,,,,
60,64,01,0,51,5163,003,Averlak,9.06,579,25715,"9,2","54"
60,63,01,0,51,5163,016,"Buchholz, Stadt",13.97,1 033,25712,"9,3","54"
60,66,01,0,51,5163,999,Wald,1.00,0,,,
"""


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}"))))


def as_workbook(rows, day="30.09.2026", *, numbers=True):
    """The extract as the Statistisches Bundesamt publishes it: a cover, the bodies below six rows of headings, remarks."""
    book = openpyxl.Workbook(write_only=True)
    book.create_sheet("Deckblatt").append(["Gemeindeverzeichnis-Informationssystem GV-ISys"])
    sheet = book.create_sheet("Onlineprodukt_Gemeinden" + day.replace(".", ""))
    sheet.append([f"Gemeinden in Deutschland nach Fläche, Bevölkerung und Postleitzahl am {day} (3. Quartal)"])
    sheet.append([])
    sheet.append(["Satz-\nart".replace("-\n", ""), "Text-\nkenn-\nzeichen", "Amtlicher Regionalschlüssel (ARS)", *[None] * 4, "Gemeindename"])
    sheet.append([None, None, "Land", "RB", "Kreis", "VB", "Gem"])
    sheet.append([])
    sheet.append([])
    for row in rows:
        cells = [row.get(name) or None for name in ROW]
        for place in (8, 9) if numbers else ():
            if cells[place]:
                cells[place] = float("".join(cells[place].split()))
        sheet.append(cells)
    sheet.append([])
    sheet.append(["© Statistisches Bundesamt (Destatis)"])
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def as_gv100ad(rows, day="20260930"):
    """The fixed-width file: 220 characters a line."""
    lines = []
    for row in rows:
        key = row["land"] + row["rb"] + row["kreis"] + row["gemeinde"]
        mark = "0" if row["satzart"] == "10" else row["textkennzeichen"]
        if row["satzart"] == "60" and mark in ("41", "42"):
            mark = {"41": "61", "42": "62"}[mark]
        line = f"{row['satzart']}{day}{key:<8}{row['vb']:<4}{row['gemeindename'][:50]:<50}{'':<50}{mark:<6}"
        if row["satzart"] == "60":
            area = round(float("".join(row["flaeche"].split()).replace(",", ".") or 0) * 100)
            people = int("".join(row["bevoelkerung"].split()) or 0)
            line += f"{area:011d}{people:011d}{people // 2:011d}{'':4}{row['postleitzahl']:<5}{'':5}"
        lines.append(f"{line:<220}")
    return ("\r\n".join(lines) + "\r\n").encode()

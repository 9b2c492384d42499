"""The forms in which the register comes: the official extract (.xlsx, or as CSV), the fixed-width GV100AD file, a package's extract.

Source of the record types and legal statuses: Statistisches Bundesamt, description of the GV100AD file. Any bytes give a
`Register` or BadInput with the line that is wrong.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _
from gv100ad import District, FederalState, GV100ADReader, MunicipalAssociation
from gv100ad import Municipality as GV100ADMunicipality

from lorbeer.register.models import TEXT_CODES, LegalStatus
from lorbeer.register.workbook import rows_of_workbook
from lorbeer.shared.errors import BadInput
from lorbeer.shared.spreadsheets import ZIP
from lorbeer.shared.text import readable

LAND_CODES = {
    "01": "SH", "02": "HH", "03": "NI", "04": "HB", "05": "NW", "06": "HE", "07": "RP", "08": "BW",
    "09": "BY", "10": "SL", "11": "BE", "12": "BB", "13": "MV", "14": "SN", "15": "ST", "16": "TH",
}
CITY_STATES = {"02", "11"}
INDEPENDENT = {"41", "42", "61", "62"}
UNINHABITED = {"66"}                                                    # 65: areas without a municipality, but with people
RECORD_TYPES = frozenset({"10", "20", "30", "40", "50", "60"})          # Satzart: Land, district and region, Kreis, association, municipality
EXTRACT_COLUMNS = ["key", "name", "legal_status", "land", "population", "postcode", "latitude", "longitude"]
LARGEST_FILE = 40 * 1024 * 1024                                         # bytes; GV100AD, the largest, has about 4 MB
LONGEST_FIELD, LONGEST_NAME = 1_000, 200
MOST_PEOPLE = 20_000_000                                                # of one body
KEYS = re.compile(r"\d{2}|\d{5}|\d{8,9}|\d{12}", re.ASCII)


@dataclass(frozen=True)
class Record:
    """One body of the register. `key`: 2 digits Land, 5 Kreis, 8 municipality (AGS), 9 association."""

    key: str
    name: str
    legal_status: str
    land_code: str
    population: int | None = None
    postcode: str = ""
    latitude: float | None = None
    longitude: float | None = None
    hectares: int | None = None
    text_code: str = ""                                                 # see `models.TEXT_CODES`


@dataclass(frozen=True)
class Register:
    """What a file holds. `as_of`: the day that it says it describes, if it says one."""

    records: list[Record]
    as_of: date | None = None


def read_records(data: bytes) -> list[Record]:
    """The records of a register file; see `read_register`."""
    return read_register(data).records


def read_register(data: bytes) -> Register:
    """A register file in any of its forms; raise BadInput with the line that is wrong."""
    if len(data) > LARGEST_FILE:
        raise BadInput(_("The file is larger than %(most)d MB. The register is much smaller; please check which file it is.")
                       % {"most": LARGEST_FILE // 1024 // 1024})
    if data.startswith(ZIP):
        as_of, rows = rows_of_workbook(data)
        return Register(_checked(_from_extract(rows)), as_of)
    text = _decoded(data)
    _check_end(text)
    first = text.split("\n", 1)[0]
    if "satzart" in first.lower():
        return Register(_checked(_from_extract(_rows(text))))
    if first.startswith(("key,", "key;")):
        return Register(_checked(_from_package(text)))
    if first[:2] in {"10", "20", "30", "40", "50", "60"}:
        return Register(_checked(_from_gv100ad(text)), _day(first[2:10]))
    raise _no_register()


def _no_register() -> BadInput:
    return BadInput(_(
        "This is not a register file. Bring the official extract (.xlsx, or as CSV), the GV100AD text file, or a package's "
        "register.csv."
    ))


def _check_end(text: str) -> None:
    """Raise BadInput where the text breaks off within its last row: a record would be kept with half of its name."""
    lines = text.rstrip("\n").split("\n")
    first, last = lines[0], lines[-1]
    if text.endswith("\n") or len(lines) == 1:
        return
    try:
        columns, fields = (next(csv.reader([line], delimiter=_sign(text))) for line in (first, last))
    except (csv.Error, StopIteration):
        return                                                          # said by who reads the rows
    is_torn = last.count('"') % 2 or len(fields) < len(columns) if "," in first or ";" in first else len(last) < len(first)
    if is_torn:
        raise BadInput(_("The file breaks off within its last row (“%(text)s”). Fetch it again, or end that row.") % {"text": last[-40:]},
                       where=_("line %(line)d") % {"line": len(lines)})


def _checked(found: Iterable[Record]) -> list[Record]:
    """The records, each with a key and a name that can be kept, none of them twice."""
    records = [replace(record, name=" ".join(readable(record.name).split())) for record in found]
    if not records:
        raise BadInput(_("The file has no municipality in it."))
    seen: set[str] = set()
    for record in records:
        if not KEYS.fullmatch(record.key) or not record.land_code:
            raise BadInput(_("“%(key)s” is not an official key: it has 2, 5, 8 or 9 digits.") % {"key": record.key[:40]})
        if not record.name or len(record.name) > LONGEST_NAME:
            raise BadInput(_("The body with the key %(key)s has no name, or one that is too long.") % {"key": record.key})
        if record.population is not None and not 0 <= record.population <= MOST_PEOPLE:
            raise BadInput(_("“%(text)s” is not a number of inhabitants") % {"text": record.population})
        if record.key in seen:
            raise BadInput(_("The key %(key)s stands there twice.") % {"key": record.key})
        seen.add(record.key)
    return _with_populations_of_kreise(records)


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def _decoded(data: bytes) -> str:
    if b"\x00" in data:
        raise _no_register()
    for encoding in ("utf-8-sig", "latin-1"):
        try:
            return data.decode(encoding).replace("\r\n", "\n")
        except UnicodeDecodeError:
            continue
    raise BadInput(_("The file is neither UTF-8 nor Latin-1."))


def _sign(text: str) -> str:
    """What parts the columns: a comma, or the semicolon of a German spreadsheet."""
    first = text.partition("\n")[0]
    return ";" if ";" in first and "," not in first else ","


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        for row in (reader := csv.DictReader(io.StringIO(text), delimiter=_sign(text))):
            if any(len(value or "") > LONGEST_FIELD for value in row.values() if not isinstance(value, list)):
                raise BadInput(_("a field is too long"), where=_("line %(line)d") % {"line": reader.line_num})
            if None in row or None in row.values():
                found = sum(value is not None for key, value in row.items() if key is not None) + len(row.get(None, ()))
                raise BadInput(_("The row has %(found)d fields, and the first line names %(all)d. Fetch the file again, or correct the row.")
                               % {"found": found, "all": len(reader.fieldnames or ())},
                               where=_("line %(line)d") % {"line": reader.line_num})
            yield reader.line_num, {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}
    except csv.Error as error:
        raise BadInput(_("The file cannot be read as CSV: %(error)s") % {"error": error}) from error


def _number(text: str, line: int) -> int | None:
    digits = "".join(character for character in text if not character.isspace())
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 8:
        raise BadInput(_("“%(text)s” is not a number of inhabitants") % {"text": text},
                       where=_("line %(line)d") % {"line": line})
    return int(digits)


def _degrees(text: str, line: int) -> float | None:
    if not text:
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = 1_000.0
    if not -180 <= value <= 180:
        raise BadInput(_("“%(text)s” is not a coordinate in degrees") % {"text": text},
                       where=_("line %(line)d") % {"line": line})
    return value


def _hectares(text: str) -> int | None:
    """Square kilometres such as “53.02” or “1 234,5” in hectares; None where that is no area."""
    plain = "".join(text.split()).replace(",", ".")
    return round(float(plain) * 100) if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", plain) else None


def _status(kind: str, land: str) -> str:
    if land in CITY_STATES:
        return LegalStatus.STADTSTAAT
    return LegalStatus.KREISFREI if kind in INDEPENDENT else LegalStatus.KREISANGEHOERIG


def _text_code(kind: str) -> str:
    """The code of a municipality; the extract gives towns that are a Kreis the code of the Kreis."""
    code = {"41": "61", "42": "62"}.get(kind, kind)
    return code if code in TEXT_CODES else ""


def _from_extract(rows: Iterable[tuple[int, dict[str, str]]]) -> Iterator[Record]:
    for line, row in rows:
        record_type, kind, land = row.get("satzart", ""), row.get("textkennzeichen", ""), row.get("land", "")
        if (land or row.get("gemeindename")) and record_type not in RECORD_TYPES:
            raise BadInput(_("“%(text)s” is not a Satzart") % {"text": record_type[:40]}, where=_("line %(line)d") % {"line": line})
        if record_type not in {"10", "40", "50", "60"} or kind in UNINHABITED:
            continue
        if land not in LAND_CODES:
            raise BadInput(_("“%(land)s” is not a Land") % {"land": land}, where=_("line %(line)d") % {"line": line})
        code, name = LAND_CODES[land], row.get("gemeindename", "")
        kreis = land + row.get("rb", "") + row.get("kreis", "")
        if record_type == "10":
            yield Record(land, name, LegalStatus.LAND, code)
        elif record_type == "40" and kind not in INDEPENDENT:
            yield Record(kreis, name, LegalStatus.LANDKREIS, code)
        elif record_type == "50" and kind != "50":
            yield Record(kreis + row.get("vb", ""), name, LegalStatus.VERBAND, code)
        elif record_type == "60":
            yield Record(
                kreis + row.get("gemeinde", ""), name, _status(kind, land), code,
                population=_number(row.get("bevoelkerung", ""), line), postcode=row.get("postleitzahl", "")[:5],
                latitude=_degrees(row.get("breitengrad", ""), line), longitude=_degrees(row.get("laengengrad", ""), line),
                hectares=_hectares(row.get("flaeche", "")), text_code=_text_code(kind),
            )


class _Lines(io.StringIO):
    """A text that knows which of its lines was read last."""

    number = 0

    def readline(self, *size: int) -> str:  # type: ignore[override]
        self.number += 1
        return super().readline(*size)


def _from_gv100ad(text: str) -> Iterator[Record]:
    lines = _Lines(text)
    try:
        for item in GV100ADReader(lines).read():
            land = str(getattr(item, "regional_code", ""))[:2]
            code = LAND_CODES.get(land, "")
            if isinstance(item, FederalState):
                yield Record(land, item.name, LegalStatus.LAND, code)
            elif isinstance(item, District) and str(item.type.value) not in INDEPENDENT:
                yield Record(item.regional_code, item.name, LegalStatus.LANDKREIS, code)
            elif isinstance(item, MunicipalAssociation) and str(item.type.value) != "50":
                yield Record(item.regional_code + item.association, item.name, LegalStatus.VERBAND, code)
            elif isinstance(item, GV100ADMunicipality) and str(item.type.value) not in UNINHABITED:
                yield Record(item.regional_code, item.name, _status(str(item.type.value), land), code,
                             population=item.inhabitants, postcode=str(item.postal_code or ""), hectares=item.area,
                             text_code=_text_code(str(item.type.value)))
    except (ValueError, IndexError, AttributeError, KeyError) as error:
        raise BadInput(_("This line is not as GV100AD has it: a field holds something else than it should. Fetch the file again."),
                       where=_("line %(line)d") % {"line": lines.number}) from error


def _from_package(text: str) -> Iterator[Record]:
    for line, row in _rows(text):
        where = _("line %(line)d") % {"line": line}
        if row.get("legal_status") not in LegalStatus.values:
            raise BadInput(_("“%(status)s” is not a legal status") % {"status": row.get("legal_status")}, where=where)
        if row.get("land") not in LAND_CODES.values():
            raise BadInput(_("“%(land)s” is not a Land") % {"land": row.get("land")}, where=where)
        if not row.get("key") or len(row["key"]) > 12 or not row.get("name"):
            raise BadInput(_("key or name is missing"), where=where)
        yield Record(
            row["key"], row["name"], row["legal_status"], row["land"], _number(row.get("population", ""), line),
            row.get("postcode", "")[:5], _degrees(row.get("latitude", ""), line), _degrees(row.get("longitude", ""), line),
        )


def _with_populations_of_kreise(records: Iterable[Record]) -> list[Record]:
    """Kreise have no figure of their own in the extract: theirs is the sum of their municipalities."""
    records = list(records)
    sums: dict[str, int] = defaultdict(int)
    for record in records:
        if len(record.key) == 8 and record.population:
            sums[record.key[:5]] += record.population
    return [
        replace(record, population=sums[record.key])
        if len(record.key) == 5 and record.population is None and record.key in sums else record
        for record in records
    ]

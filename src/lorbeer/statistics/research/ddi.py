"""The codebook of an edition as DDI-Codebook 2.5 (DDI Alliance): study, file, variables with their questions, values and counts."""

import re
from collections import Counter
from xml.etree import ElementTree

from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.shared import clock
from lorbeer.statistics.research.variables import ROWS, Study, Variable

NAMESPACE = "ddi:codebook:2_5"
XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ANSWERS = "answers.csv"                                                 # the file of the archive for R that is described
FORMAT = {"coded": "numeric", "flag": "numeric", "number": "numeric", "day": "character"}


def codebook(study: Study) -> bytes:
    """The document, UTF-8; valid against codebook.xsd of DDI-Codebook 2.5."""
    root = ElementTree.Element("codeBook", {"xmlns": NAMESPACE, "version": "2.5", XML_LANGUAGE: translation.get_language() or "de"})
    _study(root, study)
    file = _add(root, "fileDscr", ID="F1")
    text = _add(file, "fileTxt")
    _add(text, "fileName", ANSWERS)
    dimensions = _add(text, "dimensns")
    _add(dimensions, "caseQnty", str(len(study.rows)))
    _add(dimensions, "varQnty", str(len(study.variables)))
    _add(text, "fileType", "text/csv")
    data = _add(root, "dataDscr")
    for number, variable in enumerate(study.variables, 1):
        _variable(data, variable, f"V{number}", study)
    ElementTree.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="utf-8")


def _add(parent: ElementTree.Element, tag: str, text: str = "", **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, tag, attributes)
    if text:
        child.text = NOT_IN_XML.sub("", text)
    return child


def _study(root: ElementTree.Element, study: Study) -> None:
    competition, edition = study.facts["competition"], study.edition
    described = _add(root, "stdyDscr")
    citation = _add(described, "citation")
    titles = _add(citation, "titlStmt")
    _add(titles, "titl", study.title)
    _add(titles, "IDNo", f"{competition['code']}-{edition.number}", agency="Lorbeer")
    if competition.get("office"):
        _add(_add(citation, "rspStmt"), "AuthEnty", str(competition["office"]))
    if competition.get("sponsor"):
        _add(_add(citation, "prodStmt"), "fundAg", str(competition["sponsor"]))
    version = _add(citation, "verStmt")
    day = clock.day(edition.frozen_at, edition.competition.time_zone)
    _add(version, "version", _("Edition %(number)d") % {"number": edition.number}, date=day.isoformat())
    _add(version, "notes", f"SHA-256 {edition.sha256}")
    info = _add(described, "stdyInfo")
    if competition.get("aim"):
        _add(info, "abstract", str(competition["aim"]))
    if competition.get("is_sample"):
        _add(info, "abstract", str(competition.get("sample_note") or _("Sample data.")))
    summary = _add(info, "sumDscr")
    days = [phase[end] for phase in study.facts["phases"] for end in ("starts_on", "ends_on") if phase.get(end) and phase["kind"] == "entries"]
    if days:
        _add(summary, "timePrd", min(days), event="start", date=min(days))
        _add(summary, "timePrd", max(days), event="end", date=max(days))
    _add(summary, "anlyUnit", _("Entry in a competition"))
    _add(summary, "universe", _("Entries that the formal check admitted"))
    _add(summary, "dataKind", _("Answers to the questionnaire of the entry form, without names, addresses and free text"))


def _variable(parent: ElementTree.Element, variable: Variable, identity: str, study: Study) -> None:
    values = study.columns[variable.name]
    described = _add(parent, "var", ID=identity, name=variable.name, files="F1", intrvl="contin" if variable.kind == "number" else "discrete")
    _add(described, "labl", variable.label)
    if variable.column not in ROWS:
        _add(_add(described, "qstn"), "qstnLit", variable.question or variable.label)
    if variable.missing:
        invalid = _add(described, "invalrng")
        for code in variable.missing:
            _add(invalid, "item", VALUE=str(code))
    counts = Counter(values)
    lost = sum(counts[code] for code in variable.missing) + counts[None]
    _add(described, "sumStat", str(len(values) - lost), type="vald")
    _add(described, "sumStat", str(lost), type="invd")
    kept = [value for value in values if value is not None and value not in variable.missing]
    if variable.kind == "number" and kept:
        _add(described, "sumStat", str(min(kept)), type="min")
        _add(described, "sumStat", str(max(kept)), type="max")
    for code, label in [*variable.values.items(), *variable.missing.items()]:
        category = _add(described, "catgry", **({"missing": "Y"} if code in variable.missing else {}))
        _add(category, "catValu", str(code))
        _add(category, "labl", label)
        _add(category, "catStat", str(counts[code]), type="freq")
    _add(described, "varFormat", type=FORMAT[variable.kind], schema="other", otherSchema="Lorbeer")

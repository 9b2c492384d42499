"""What pyxform, the reference reader of XLSForm, would refuse: a second opinion on a workbook that we find good."""

import re
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.questionnaire.workbooks import Sheet
from lorbeer.questionnaire.xlsform.sheets import SheetFault


def second_opinion(sheets: dict[str, Sheet]) -> SheetFault | None:
    """The first fault that pyxform finds; None where it takes the workbook."""
    # Imported here because it takes half a second, which every command would wait for.
    from pyxform.errors import PyXFormError
    from pyxform.xls2json import workbook_to_json
    from pyxform.xls2json_backends import DefinitionData

    facts: dict[str, Any] = {"sheet_names": [sheet.name for sheet in sheets.values()]}
    for name in ("survey", "choices", "settings"):
        sheet = sheets.get(name)
        if sheet is None:
            continue
        rows: list[dict[str, str]] = [{} for _row in range(sheet.rows[-1][0] - 1)] if sheet.rows else []
        for number, cells in sheet.rows:
            rows[number - 2] = {sheet.header[place]: text for place, text in cells.items()
                                if place < len(sheet.header) and sheet.header[place]}
        facts[name] = rows
        facts[f"{name}_header"] = [{heading: None for heading in sheet.header if heading}]
    try:
        workbook_to_json(DefinitionData(**facts), form_name="questionnaire", warnings=[])
    except PyXFormError as error:
        text = str(error)
        match = re.search(r"\[row : (\d+)\]\s*", text)
        context = getattr(error, "context", {})
        place = str(context.get("sheet") or next((name for name in ("choices", "settings") if f"'{name}' sheet" in text), "survey"))
        row = match[1] if match else context.get("row")
        reason = " ".join(text.replace(match[0] if match else "", "").split())[:400]
        return SheetFault(place if place in sheets else "survey", int(row) if str(row).isdigit() else 0,
                          _("XLSForm does not allow this. Its reference program says: “%(reason)s”") % {"reason": reason})
    except Exception as error:      # what it does not foresee it cannot read either, and neither could the tools built on it
        return SheetFault("survey", 0, _("pyxform, the reference reader of XLSForm, cannot read this workbook (%(error)s).")
                          % {"error": type(error).__name__})
    return None

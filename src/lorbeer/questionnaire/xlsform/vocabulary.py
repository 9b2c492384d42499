"""The words of XLSForm and of our own columns: headings, types, and what is not supported, with the reason."""

import re

from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import FORMATTED, Type

LANGUAGES = {"deutsch": "de", "german": "de", "english": "en", "englisch": "en", "français": "fr", "french": "fr",
             "español": "es", "spanish": "es", "italiano": "it", "italian": "it", "polski": "pl", "polish": "pl",
             "türkçe": "tr", "turkish": "tr", "nederlands": "nl", "dutch": "nl"}

TRANSLATED = {"label": "label", "hint": "hint", "guidance_hint": "guidance", "x_example": "example",
               "required_message": "required_message", "constraint_message": "constraint_message"}

ALIASES = {
    "command": "type",
    "tag": "name",
    "value": "name",
    "caption": "label",
    "relevance": "relevant",
    "constraint_msg": "constraint_message",
    "constraining_message": "constraint_message",
    "constraint-msg": "constraint_message",
    "jr:constraintmsg": "constraint_message",
    "constraintmsg": "constraint_message",
    "requiredmsg": "required_message",
    "jr:requiredmsg": "required_message",
    "calculate": "calculation",
    "read_only": "readonly",
    "count": "repeat_count",
    "jr:count": "repeat_count",
    "set_form_title": "form_title",
    "title": "form_title",
    "set_form_id": "form_id",
    "id_string": "form_id",
}

CHOICE_ALIASES = {"value": "name", "caption": "label"}

# What people write for yes and no where a condition is wanted, as pyxform reads it.
TRUTHS = {**dict.fromkeys(("yes", "Yes", "YES", "true", "True", "TRUE"), "true()"),
          **dict.fromkeys(("no", "No", "NO", "false", "False", "FALSE"), "false()")}
CONDITIONS = frozenset({"relevant", "constraint"})

# Our own columns of the survey, in the order in which they are written; x_example, which has a language, stands with hint.
OWN = (
    "x_type", "x_role", "x_releases", "x_personal_data", "x_publishable", "x_min", "x_max", "x_max_characters", "x_max_words",
    "x_max_pages", "x_max_files", "x_max_megabytes", "x_file_types", "x_min_count", "x_max_count", "x_note",
)
SURVEY = frozenset(
    {
        "type",
        "name",
        *TRANSLATED,
        "required",
        "relevant",
        "constraint",
        "calculation",
        "default",
        "readonly",
        "choice_filter",
        "appearance",
        "parameters",
        "repeat_count",
        "disabled",
        *OWN,
    }
)
CHOICES = frozenset({"list_name", "name", "label", "x_no_answer", "x_exclusive"})
BLOCK_COLUMNS = frozenset({"type", "name", "label", "hint", "relevant", "appearance", "x_note", "disabled"})
REPEAT_COLUMNS = BLOCK_COLUMNS | {"repeat_count", "x_role", "x_min_count", "x_max_count"}

MEDIA = frozenset({"image", "big-image", "audio", "video", "media", "autoplay"})

SIMPLE = {
    "text": Type.TEXT,
    "string": Type.TEXT,
    "integer": Type.INTEGER,
    "int": Type.INTEGER,
    "decimal": Type.DECIMAL,
    "date": Type.DATE,
    "time": Type.TIME,
    "note": Type.NOTE,
    "calculate": Type.CALCULATE,
    "acknowledge": Type.ACKNOWLEDGE,
    "trigger": Type.ACKNOWLEDGE,
    "file": Type.FILE,
    "image": Type.PHOTO,
    "photo": Type.PHOTO,
    "add image prompt": Type.PHOTO,
    "add photo prompt": Type.PHOTO,
    "add file prompt": Type.FILE,
    "phone number": Type.PHONE,
    **dict.fromkeys(("add text prompt", "q string"), Type.TEXT),
    **dict.fromkeys(("add integer prompt", "q int", "percentage", "number of days in last month",
                     "number of days in last six months", "number of days in last year"), Type.INTEGER),
    **dict.fromkeys(("add decimal prompt", "q decimal"), Type.DECIMAL),
    **dict.fromkeys(("add date prompt", "q date"), Type.DATE),
    **dict.fromkeys(("add note prompt", "q note"), Type.NOTE),
    **dict.fromkeys(("add calculate prompt", "q calculate"), Type.CALCULATE),
    **dict.fromkeys(("add acknowledge prompt", "q acknowledge"), Type.ACKNOWLEDGE),
    **dict.fromkeys(("q image", "q picture"), Type.PHOTO),
}
# Old types that say how large the number may be.
BOUNDS = {"percentage": ("0", "100"), "number of days in last month": ("0", "31"),
          "number of days in last six months": ("0", "183"), "number of days in last year": ("0", "365")}
# Rows that ask nobody: they note time, place, device or person, or how the form was filled in.
METADATA = frozenset({
    "start", "end", "today", "start time", "end time", "get start time", "get end time", "get today",
    *(f"{before}{what}" for before in ("", "get ", "uri:") for what in (
        "deviceid", "device id", "subscriberid", "subscriber id", "simserial", "sim id", "phonenumber", "username", "email")),
    "get phone number", "imei", "audit", "start-geopoint", "background-audio", "background-geopoint",
})
# Appearances that Lorbeer follows; what stands in one group always stands on one page.
APPEARANCES = frozenset({"multiline", FORMATTED, "minimal", "table-list", "field-list"})
OUR_SETTINGS = frozenset({"form_title", "form_id", "default_language", "allow_choice_duplicates", "add_none_option"})
SELECT = re.compile(
    r"(?P<one>select_one|select one(?: from)?|select1|add select one prompt using)\s+(?P<list1>\S+)"
    r"|(?P<many>select_multiple|select multiple(?: from)?|select all that apply(?: from)?"
    r"|add select multiple prompt using)"
    r"\s+(?P<list2>\S+)",
    re.IGNORECASE,
)
OR_OTHER = re.compile(r"\s+(or_other|or other|or specify other)$", re.IGNORECASE)
TYPE_NAMES = {
    Type.TEXT: "text",
    Type.LONG_TEXT: "text",
    Type.EMAIL: "text",
    Type.PHONE: "text",
    Type.URL: "text",
    Type.ADDRESS: "text",
    Type.MUNICIPALITY: "text",
    Type.INTEGER: "integer",
    Type.DECIMAL: "decimal",
    Type.DATE: "date",
    Type.TIME: "time",
    Type.NOTE: "note",
    Type.CALCULATE: "calculate",
    Type.ACKNOWLEDGE: "acknowledge",
    Type.FILE: "file",
    Type.PHOTO: "image",
}
REFINED = {Type.TEXT: frozenset({Type.LONG_TEXT, Type.EMAIL, Type.PHONE, Type.URL, Type.ADDRESS, Type.MUNICIPALITY}),
            Type.SINGLE: frozenset({Type.YES_NO})}

YES = frozenset({"yes", "true", "true()", "ja", "1"})
NO = frozenset({"", "no", "false", "false()", "nein", "0"})


def unsupported_types() -> dict[str, str]:
    """Types that XLSForm knows and Lorbeer does not, with the reason."""
    place = _("Lorbeer asks for no positions on a map. Ask for an address or a municipality instead.")
    device = _("It reads from the device of whoever fills in the form. To ask for it, write the type text and, as x_type,"
               " email or phone; to leave it out, empty the label.")
    sound = _("Lorbeer takes sound and video only as files. Use the type file instead.")
    outside = _("Lists outside the workbook are not supported. Put the options into the sheet choices.")
    return {
        **dict.fromkeys(("geopoint", "geotrace", "geoshape", "location", "gps", "osm"), place),
        **dict.fromkeys(METADATA, device),
        **dict.fromkeys(("audio", "video", "add audio prompt", "add video prompt"), sound),
        **dict.fromkeys(
            (
                "csv-external",
                "xml-external",
                "select_one_external",
                "select_one_from_file",
                "select_multiple_from_file",
                "select one from file",
                "select multiple from file",
            ),
            outside,
        ),
        **dict.fromkeys(("date time", "add date time prompt", "add datetime prompt", "q date time", "q datetime"),
                        _("Ask for date and time in two questions.")),
        **dict.fromkeys(("add location prompt", "q location", "q geopoint", "q geotrace", "q geoshape"), place),
        **dict.fromkeys(("q audio", "q video"), sound),
        "datetime": _("Ask for date and time in two questions."),
        "barcode": _("Lorbeer reads no barcodes. Ask for the number as text."),
        "qrcode": _("Lorbeer reads no barcodes. Ask for the number as text."),
        "rank": _("Ordering options by rank is not supported. Ask for the first, second, … choice instead."),
        "hidden": _("Hidden questions are not supported. Use calculate instead."),
        "begin loop": _("Loops are not supported. Use a group for each option, or a repeat."),
        "end loop": _("Loops are not supported. Use a group for each option, or a repeat."),
        "begin loop over": _("Loops are not supported. Use a group for each option, or a repeat."),
        "cascading_select": _("This old kind of cascade is not supported. Use select_one with choice_filter."),
        "cascading select": _("This old kind of cascade is not supported. Use select_one with choice_filter."),
    }


def refused_appearances() -> dict[str, str]:
    """Appearances that change what is asked or taken for an answer, with the reason."""
    header = _("For a matrix write table-list at the group, and delete the row that only repeats the options.")
    part = _("Lorbeer asks for whole days. Ask for the year, or for month and year, with the type integer or text.")
    calendar = _("Lorbeer knows the Gregorian calendar only.")
    drawing = _("Lorbeer takes pictures as files. Leave the appearance out.")
    choosing = _("Lorbeer shows options as a list. Leave the appearance out.")
    return {
        **dict.fromkeys(("label", "list-nolabel"), header),
        **dict.fromkeys(("year", "month-year"), part),
        **dict.fromkeys(("ethiopian", "coptic", "islamic", "bikram-sambat", "persian", "myanmar", "buddhist"), calendar),
        **dict.fromkeys(("signature", "draw", "annotate"), drawing),
        **dict.fromkeys(("image-map", "map"), choosing),
    }

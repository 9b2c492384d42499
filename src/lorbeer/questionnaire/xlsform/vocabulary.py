"""The words of XLSForm and of our own columns: headings, types, and what is not supported, with the reason."""

import re

from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import Type

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
}
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
    device = _("Lorbeer records time and person itself and reads nothing from devices. Delete this row.")
    sound = _("Lorbeer takes sound and video only as files. Use the type file instead.")
    outside = _("Lists outside the workbook are not supported. Put the options into the sheet choices.")
    return {
        **dict.fromkeys(("geopoint", "geotrace", "geoshape", "location", "gps", "osm"), place),
        **dict.fromkeys(
            (
                "start",
                "end",
                "today",
                "deviceid",
                "device id",
                "imei",
                "subscriberid",
                "subscriber id",
                "simserial",
                "sim id",
                "phonenumber",
                "username",
                "email",
                "audit",
                "start-geopoint",
                "get start time",
                "get end time",
                "get today",
                "get device id",
                "get subscriber id",
                "get sim id",
                "get phone number",
                "background-audio",
                "background-geopoint",
            ),
            device,
        ),
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
        "datetime": _("Ask for date and time in two questions."),
        "barcode": _("Lorbeer reads no barcodes. Ask for the number as text."),
        "qrcode": _("Lorbeer reads no barcodes. Ask for the number as text."),
        "range": _("Use integer or decimal with x_min and x_max instead."),
        "rank": _("Ordering options by rank is not supported. Ask for the first, second, … choice instead."),
        "hidden": _("Hidden questions are not supported. Use calculate instead."),
        "begin loop": _("Loops are not supported. Use a group for each option, or a repeat."),
        "end loop": _("Loops are not supported. Use a group for each option, or a repeat."),
        "begin loop over": _("Loops are not supported. Use a group for each option, or a repeat."),
        "cascading_select": _("This old kind of cascade is not supported. Use select_one with choice_filter."),
        "cascading select": _("This old kind of cascade is not supported. Use select_one with choice_filter."),
    }

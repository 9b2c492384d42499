"""What other tools write into a workbook: understood in another way, passed over with a remark, or refused with the reason.

The rule: what changes neither what applicants see nor what is checked is passed over, and said; everything else is a fault.
"""

import re
from decimal import Decimal

from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import Form, Group, Question, Repeat, Section, Type, is_dynamic
from lorbeer.questionnaire.evaluation import MAX_PLACES
from lorbeer.questionnaire.xlsform.checking import FormChecker
from lorbeer.questionnaire.xlsform.sheets import Row
from lorbeer.questionnaire.xlsform.vocabulary import APPEARANCES, METADATA, OUR_SETTINGS, YES, refused_appearances

FORMATTING = re.compile(r"(\*\*|__)\S.*?\1|^#{1,6} |</?(?:b|i|u|br|p|a|em|font|span|strong)\b|\[[^\]\n]+\]\([^)\s]+\)", re.MULTILINE)
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,8})?")


class ForeignReader(FormChecker):
    """Reads what Lorbeer itself would not write."""

    def read_sheet_names(self) -> None:
        """Refuse sheets that change what is asked, and name those that were not read."""
        for name in ("external_choices", "entities", "osm", "cascades"):
            if name in self.sheets and self.sheets[name].rows:
                self.fault(name, self.sheets[name].rows[0][0], _("This sheet is not supported."))
        others = [sheet.name for sheet in self.sheets.values() if not sheet.is_read and not sheet.name.startswith("_")]
        if others:
            self.remark("survey", 0, _("The workbook holds other sheets, too, which were not read: %(names)s.")
                        % {"names": ", ".join(others[:20])})

    def read_setting(self, key: str, value: str) -> None:
        """Refuse settings that change who gets the answers, and name those without effect."""
        if key in ("public_key", "submission_url"):
            self.fault("settings", 2, _("Encryption and sending to other servers (public_key, submission_url) are not"
                                        " supported. Delete the columns."), key)
        elif key == "add_none_option" and value.lower() in YES:
            self.fault("settings", 2, _("The setting add_none_option is not supported. Add the option to the lists."), key)
        elif key.partition("::")[0] not in OUR_SETTINGS:
            self.remark("settings", 2, _("This setting has no effect in Lorbeer; it is kept and written out again."), key)

    def is_metadata(self, row: Row, kind: str) -> bool:
        """Whether the row only notes time, device or person, and is passed over.

        One for a mail address, a name or a number with a label is not: whoever wrote it means to ask for it.
        """
        if kind.lower() not in METADATA or (row.text("label") and re.search("email|phone|username", kind.lower())):
            return False
        self.remark("survey", row.number, _("Lorbeer notes time and person itself and reads nothing from devices. This row was"
                                            " not taken over."), "type")
        if row.get("name"):
            self.not_taken_over[row.get("name")] = row.number
        return True

    def check_reference(self, row: int, name: str, names: set[str], blocks: set[str], column: str) -> None:
        if name in self.not_taken_over:
            self.fault("survey", row, _("${%(name)s} is what row %(row)d would note, and Lorbeer notes nothing there. Write today()"
                                        " or now() for the time, or ask for it.")
                       % {"name": name, "row": self.not_taken_over[name]}, column)
            return
        super().check_reference(row, name, names, blocks, column)

    def check_appearance(self, row: Row, kind: str) -> None:
        """Refuse appearances that change what is asked; name those without effect."""
        text = row.get("appearance")
        refused = refused_appearances()
        if match := re.match(r"(search|ex:|printer:|intent:)", text.strip(), re.IGNORECASE):
            self.fault("survey", row.number, _("“%(word)s” takes options or answers from other files or programs, which is not"
                                               " supported.") % {"word": match[1]}, "appearance")
            return
        for word in text.split():
            if reason := refused.get(word.lower()):
                self.fault("survey", row.number, _("The appearance “%(word)s” is not supported. %(reason)s")
                           % {"word": word[:40], "reason": reason}, "appearance")
            elif word not in APPEARANCES:                                # read as they are written: “Minimal” does nothing
                self.remark("survey", row.number, _("The appearance “%(word)s” has no effect in Lorbeer; it is asked as usual.")
                            % {"word": word[:40]}, "appearance")

    def check_default(self, row: Row, question: Question) -> None:
        """A default that other tools would compute and Lorbeer cannot must not become a text."""
        if not is_dynamic(question.default) and re.match(r"[a-z][\w:-]*\(.*\)", question.default):
            self.fault("survey", row.number, _("The default looks like a calculation that Lorbeer does not know. Delete it, or write"
                                               " the text that is meant."), "default")

    def read_range(self, row: Row) -> Type:
        """A slider becomes a number with limits: its step is a constraint."""
        facts = {"start": "1", "end": "10", "step": "1"}
        others = []
        for part in re.split(r"[\s,;]+", re.sub(r"\s*=\s*", "=", row.get("parameters").strip())):
            key, equals, value = part.partition("=")
            if equals and key in facts:
                facts[key] = value
            elif part:
                others.append(part)
        row.cells["parameters"] = " ".join(others)
        if wrong := next((value for value in facts.values() if not _NUMBER.fullmatch(value)), None):
            self.fault("survey", row.number, _("“%(text)s” is not a number.") % {"text": wrong[:40]}, "parameters")
            return Type.INTEGER
        start, end, step = (Decimal(facts[key]) for key in ("start", "end", "step"))
        if step <= 0 or start >= end or (end - start) % step:
            self.fault("survey", row.number, _("Of a range, start is less than end, and end is reached in whole steps."), "parameters")
            return Type.INTEGER
        is_whole = all(number == number.to_integral_value() for number in (start, end, step))
        row.cells.setdefault("x_min", f"{start:f}")
        row.cells.setdefault("x_max", f"{end:f}")
        if not is_whole or step != 1:
            steps = f"(. - {start:f}) mod {step:f} = 0" if start >= 0 else f"(. + {-start:f}) mod {step:f} = 0"
            row.cells["constraint"] = f"({row.get('constraint')}) and {steps}" if row.get("constraint") else steps
        self.remark("survey", row.number, _("Lorbeer has no slider; the question asks for a number with the same limits and steps."),
                    "type")
        return Type.INTEGER if is_whole else Type.DECIMAL

    def check_foreign(self, form: Form) -> None:
        """What can be said when the whole form is known: pictures of options, texts with marks, languages with gaps."""
        used = {question.list_name for question in form.questions() if question.list_name}
        for list_name, number, column in self.choice_media:
            if list_name in used:
                self.fault("choices", number, _("Pictures, sound and video in a question are not supported."), column)
            else:
                self.remark("choices", number, _("No question uses this list; its pictures, sound and video were not taken over."), column)
        for repeat in form.repeats.values():
            if re.fullmatch(r"\d+", repeat.count) and int(repeat.count) > MAX_PLACES:
                self.fault("survey", self.rows_of.get(repeat.name, 0), _("At most %(most)d can be given here.") % {"most": MAX_PLACES},
                           "repeat_count")
        for node in form.nodes():
            self.check_texts(node, form)
        for list_name, choices in form.lists.items():
            if list_name in used and any(not choice.label for choice in choices):
                self.remark("choices", 0, _("Options of the list “%(list)s” have no label; their names are shown.") % {"list": list_name})
        filters = " ".join(question.choice_filter for question in form.questions()).lower()
        for sheet, column, base in self.unknown_columns:
            if sheet == "survey" or not re.search(rf"(?<![\w.-]){re.escape(base)}(?![\w.-])", filters):
                self.remark(sheet, 0, _("Lorbeer does not know the column “%(name)s”. It is kept and written out again, and has no"
                                        " effect.") % {"name": column})

    def check_texts(self, node: Section | Group | Repeat | Question, form: Form) -> None:
        if isinstance(node, Question) and node.derived_from:
            return
        row = self.rows_of.get(node.name, 0)
        if any(FORMATTING.search(text) for text in (*node.label.values(), *node.hint.values())):
            self.remark("survey", row, _("Marks of formatting (**, #, <b>, links) are shown as they are typed."), "label")
        for code, name in form.languages.items():
            if node.label and not node.label.get(code):
                self.remark("survey", row, _("There is no text in %(language)s; the text in another language is shown.")
                            % {"language": name}, "label")

"""What a form must hold beyond each row: references, expressions, circles, matrices."""

import re

from django.utils.translation import gettext as _

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.cleaning import clean_value
from lorbeer.questionnaire.definition import (
    CHOOSING,
    CONSENT,
    FORMATTED,
    PUBLIC_PARTS,
    REFERENCE,
    Form,
    Group,
    Question,
    Type,
    expressions_of,
    is_dynamic,
    key_of,
)
from lorbeer.questionnaire.xlsform.sheets import Row, SheetReader
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized


class FormChecker(SheetReader):
    """Finds what is wrong with questions that were read, and with the form as a whole."""

    def check_question(self, row: Row, question: Question) -> None:
        def fault(reason: str, column: str = "") -> None:
            self.fault("survey", row.number, reason, column)

        if question.type == Type.CALCULATE:
            if not question.calculation:
                fault(_("The calculation is missing."), "calculation")
        elif question.calculation:
            fault(_("Only rows of the type calculate have a calculation. Use default for a value that can be changed."),
                  "calculation")
        elif not question.label and not question.hint:
            fault(_("The label is missing: nobody would know what is asked."))
        if question.publishable and question.personal_data == "contact":
            fault(_("Contact data is erased when its time is over and cannot be published. Empty one of the columns"
                    " x_personal_data and x_publishable."), "x_publishable")
        if question.type == Type.MULTI and question.choices and int(question.limits.min or 0) > len(question.choices):
            fault(_("x_min is greater than the number of options."), "x_min")
        if question.choice_filter and question.type not in CHOOSING:
            fault(_("Only questions with options have a choice filter."), "choice_filter")
        if not question.is_answered and (question.required or question.constraint):
            fault(_("A row that asks for no answer cannot be required and has no constraint."))
        if row.get("repeat_count"):
            fault(_("Only repeats have a count."), "repeat_count")
        if unknown := [part for part in question.releases if part not in PUBLIC_PARTS]:
            fault(_("There is no part “%(part)s”. Possible are: %(parts)s.")
                  % {"part": unknown[0][:60], "parts": ", ".join(PUBLIC_PARTS)}, "x_releases")
        elif question.releases and question.role != CONSENT:
            fault(_("Only a question with the role consent_publication opens parts of an entry."), "x_releases")
        if FORMATTED in question.appearance.split() and not question.is_formatted:
            fault(_("Only long texts can be formatted: write “multiline formatted”."), "appearance")
        for part in question.parameters.split():
            if not re.fullmatch(r"(max-pixels|rows)=\d{1,6}", part):
                fault(_("The parameter “%(parameter)s” is not supported.") % {"parameter": part[:60]}, "parameters")
        if question.default and not is_dynamic(question.default) and question.type != Type.NOTE:
            try:
                clean_value(question, question.default)
            except BadInput as error:
                fault(_("The default does not fit the question: %(reason)s") % {"reason": error}, "default")

    def check(self, form: Form) -> None:
        names = set(form.placed) | set(form.repeats)
        blocks = {node.name for node in form.nodes() if not isinstance(node, Question) and node.name}
        if not form.placed and not self.faults:
            self.fault("survey", 0, _("There is no question in this sheet."))
        trees: dict[tuple[str, str], expressions.Tree] = {}
        for node in form.nodes():
            row = self.rows_of.get(node.name, 0)
            if isinstance(node, Question) and node.derived_from:
                continue
            for attribute, text in expressions_of(node):
                column = {"count": "repeat_count"}.get(attribute, attribute)
                try:
                    tree = expressions.parse(text, columns=attribute == "choice_filter")
                except BadInput as error:
                    self.fault("survey", row, str(error), column)
                    continue
                trees[key_of(node), attribute] = tree
                for name in sorted(expressions.references(tree)):
                    self.check_reference(row, name, names, blocks, column)
                missing = expressions.columns_of(tree) - self.choice_columns - {"name", "label"}
                for name in sorted(missing):
                    self.fault(
                        "survey",
                        row,
                        _("The sheet choices has no column “%(name)s”. If text is meant, write '%(name)s'.")
                        % {"name": name},
                        column,
                    )
            for column in ("label", "hint", "guidance", "required_message", "constraint_message"):
                for text in getattr(node, column, Localized()).values():
                    for name in REFERENCE.findall(text):
                        self.check_reference(row, name, names, blocks, column)
            if isinstance(node, Group) and node.is_matrix:
                self.check_matrix(row, node)
        for circle in form.sorted_by(trees)[1]:
            self.fault("survey", self.rows_of.get(circle.where, 0), str(circle))

    def check_reference(self, row: int, name: str, names: set[str], blocks: set[str], column: str) -> None:
        if name in names or name in self.broken:
            return
        if name in blocks:
            self.fault(
                "survey", row, _("${%(name)s} is a group; refer to a question or a repeat.") % {"name": name}, column
            )
        else:
            self.fault("survey", row, _("There is no question “%(name)s”, but ${%(name)s} refers to it.")
                       % {"name": name[:60]}, column)

    def check_matrix(self, row: int, group: Group) -> None:
        kinds = {
            (item.type, item.list_name) for item in group.items if isinstance(item, Question) and item.type != Type.NOTE
        }
        if len(kinds) != 1 or next(iter(kinds))[0] not in (Type.SINGLE, Type.MULTI, Type.YES_NO) or any(
            not isinstance(item, Question) for item in group.items
        ):
            self.fault(
                "survey",
                row,
                _("A matrix (table-list) holds questions with the same options, and nothing else."),
                "appearance",
            )

"""Conditions as people read them on paper, where nothing appears or goes by itself: “Only if the answer to … is …”."""

from collections.abc import Mapping

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.definition import CHOOSING, Node, Question, Type
from lorbeer.questionnaire.evaluation import Evaluation
from lorbeer.questionnaire.expressions import Tree
from lorbeer.shared.text import in_sentence, language_of, listed, spoken_in


def in_words(evaluation: Evaluation, node: Node, place: int = 0, numbers: Mapping[str, str] | None = None) -> str:
    """The sentence that stands at a question or block that is asked only sometimes; "" where it always is.

    `numbers`: {question: its number on the sheet}; where given, questions are named by them instead of by their words.
    """
    tree = evaluation.form.tree(node, "relevant")
    if tree is None:
        return ""
    words = _Words(evaluation, place, numbers)
    if said := words.said(tree):
        return in_sentence(_("Only if %(condition)s."), condition=said)
    if asked := words.asked(expressions.references(tree)):
        return in_sentence(_("Only if your answers to these questions call for it: %(questions)s"), questions=listed(asked, "; "))
    return _("Only if it applies to you.")


def options_in_words(evaluation: Evaluation, question: Question, place: int = 0, numbers: Mapping[str, str] | None = None) -> str:
    """The sentence that stands where other answers decide which options are possible; "" where all always are."""
    tree = evaluation.form.tree(question, "choice_filter") if question.type in CHOOSING else None
    asked = _Words(evaluation, place, numbers).asked(expressions.references(tree) - {question.name}) if tree is not None else []
    return in_sentence(_("Not every option is possible; that depends on your answers to these questions: %(questions)s"),
                       questions=listed(asked, "; ")) if asked else ""


class _Words:
    def __init__(self, evaluation: Evaluation, place: int, numbers: Mapping[str, str] | None) -> None:
        self.evaluation, self.form, self.place, self.numbers = evaluation, evaluation.form, place, numbers

    def label(self, name: str) -> str:
        """The question as it stands on the page, shortened; "" for what nobody is asked."""
        placed = self.form.placed.get(name)
        if placed is None or not placed.question.is_answered:
            return ""
        question = placed.question
        if self.numbers is not None:
            return self.numbers.get(name, "")
        text = self.evaluation.text(question.label or question.hint, self.place)
        return spoken_in(Truncator(text.strip()).chars(90), language_of(text))

    def asked(self, names: set[str]) -> list[str]:
        """The questions that decide, in the order of the form; behind a computed value those that it is computed from."""
        waiting, seen = list(names), set()
        while waiting:
            name = waiting.pop()
            placed = self.form.placed.get(name)
            if name in seen or placed is None:
                continue
            seen.add(name)
            tree = self.form.tree(placed.question, "calculation") if placed.question.type == Type.CALCULATE else None
            waiting += expressions.references(tree) if tree is not None else ()
        return [in_sentence(_("“%(question)s”"), question=label) for name in self.form.placed if name in seen and (label := self.label(name))]

    def answer(self, name: str, code: str) -> str:
        question = self.form.question(name)
        if question.type not in CHOOSING:
            return code
        choice = question.choice(code)
        return (self.evaluation.text(choice.label, self.place) or code) if choice else ""

    def said(self, tree: Tree) -> str:
        """A condition as half a sentence; "" where it is too involved for one."""
        if tree[0] in ("and", "or"):
            if options := self.one_of(tree):
                return options
            parts = [self.said(part) for part in tree[1:]]
            mixed = any(part[0] in ("and", "or") and part[0] != tree[0] and not self.one_of(part) for part in tree[1:])
            if mixed or not all(parts):
                return ""
            return listed(parts, _(" and ") if tree[0] == "and" else _(" or "))
        return self.one_of(tree) or self.compared(tree)

    def one_of(self, tree: Tree) -> str:
        """“the answer to A is “x” or “y””, where a condition says just that."""
        pairs = self.equals(tree)
        names = {name for name, _code in pairs}
        if len(names) != 1:
            return ""
        (name,) = names
        label, answers = self.label(name), [self.answer(name, code) for _name, code in pairs]
        if not label or not all(answers):
            return ""
        return in_sentence(_("the answer to “%(question)s” is “%(answer)s”"), question=label, answer=listed(answers, _("” or “")))

    def equals(self, tree: Tree) -> list[tuple[str, str]]:
        """(question, code) of `${q} = 'a'`, `selected(${q}, 'a')` and of several of them with `or`; else nothing."""
        if tree[0] == "or":
            both = [self.equals(part) for part in tree[1:]]
            return [pair for part in both for pair in part] if all(both) else []
        if tree[0] == "=" or tree[:2] == ["call", "selected"]:
            return [(name, code) for name, code in expressions.comparisons(tree) if code and name in self.form.placed]
        return []

    def compared(self, tree: Tree) -> str:
        """`${q} != ''`, `${q} != 'a'`, `${q} < 18` and the like."""
        if tree[0] not in ("=", "!=", "<", "<=", ">", ">=") or tree[1][0] != "ref" or tree[2][0] not in ("str", "num"):
            return ""
        (sign, (_ref, name), (kind, value)) = tree
        label = self.label(name)
        if not label:
            return ""
        facts = {"question": label, "value": value}
        if kind == "str" and value == "":
            if self.form.question(name).type in (Type.FILE, Type.PHOTO):
                return in_sentence(
                    _("you attach something to “%(question)s”") if sign == "!=" else _("you attach nothing to “%(question)s”"), **facts)
            return in_sentence(_("“%(question)s” is answered") if sign == "!=" else _("“%(question)s” is not answered"), **facts)
        if kind == "str" and sign == "!=":
            facts["value"] = self.answer(name, str(value))
            return in_sentence(_("the answer to “%(question)s” is not “%(value)s”"), **facts) if facts["value"] else ""
        if kind == "num":
            texts = {
                "=": _("the answer to “%(question)s” is %(value)s"), "!=": _("the answer to “%(question)s” is not %(value)s"),
                "<": _("the answer to “%(question)s” is less than %(value)s"),
                "<=": _("the answer to “%(question)s” is %(value)s or less"),
                ">": _("the answer to “%(question)s” is more than %(value)s"),
                ">=": _("the answer to “%(question)s” is %(value)s or more"),
            }
            return in_sentence(texts[sign], **facts)
        return ""

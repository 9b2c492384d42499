"""The language of conditions: XLSForm's XPath, compiled by a Pratt parser into a small tree.

The tree is nested lists of strings, so that it is JSON as it stands and the browser evaluates the same one
(`static/questionnaire/questionnaire.js`):

    ["num", "72"]  ["str", "yes"]  ["ref", "age"]  ["self"]  ["place"]  ["column", "cf"]  ["call", "selected", …]
    ["neg", x]  ["or", a, b]  ["and", a, b]  ["=", a, b] … ["+", a, b] ["div", a, b] ["union", a, b]

Rules that differ from plain XPath, as in ODK: a blank is '' for = and not a number for <; ISO dates compare as days;
`sum`, `min`, `max` skip blanks; `if`, `and`, `or`, `coalesce` evaluate only what they need; numbers are decimal and
round half up. A computed text of more than MAX_TEXT characters is blank, and so is all once the Effort is spent. Parsing raises BadInput
with the column.

`tokens` → `parsing` → tree; `reading` says what a tree reads, `writing` changes the text of one; `values`, `library` (the functions) and
`evaluating` compute it.
"""

from lorbeer.questionnaire.expressions.evaluating import evaluate, is_true
from lorbeer.questionnaire.expressions.parsing import MAX_LENGTH, parse
from lorbeer.questionnaire.expressions.reading import columns_of, comparisons, functions, references
from lorbeer.questionnaire.expressions.tokens import Tree
from lorbeer.questionnaire.expressions.values import MAX_TEXT, Effort, Nodes, Value, as_iso_date, as_number, as_text, first
from lorbeer.questionnaire.expressions.writing import looks_like_call, quoted, recoded, renamed

__all__ = [
    "MAX_LENGTH", "MAX_TEXT", "Effort", "Nodes", "Tree", "Value", "as_iso_date", "as_number", "as_text", "columns_of", "comparisons",
    "evaluate", "first", "functions", "is_true", "looks_like_call", "parse", "quoted", "recoded", "references", "renamed",
]

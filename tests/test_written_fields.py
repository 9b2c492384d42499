"""What people write is shown to others as they wrote it: no form takes a plain text field, which keeps U+202E, NUL and the like."""

import ast
import importlib
from pathlib import Path

import pytest
from django import forms
from django.forms.models import BaseModelForm
from django.utils import translation

import lorbeer
from lorbeer.questionnaire.editor.fields import Text
from lorbeer.shared.fields import WrittenField

ROOT = Path(lorbeer.__file__).parent
# Plain fields, and why: a secret, an address, or a code, each compared with what is known and shown to nobody as it was typed.
PLAIN = {
    "shared/site_views.py": {"next"}, "shared/fields.py": {"WrittenField"}, "shared/styleguide.py": {"q", "title", "abstract"},
    "questionnaire/editor/structure_forms.py": {"seen"}, "questionnaire/editor/list_form.py": {"o…_was"},
    "questionnaire/editor/fields.py": {"Text"},                         # cleans by itself, see below
    "screening/forms.py": {"giver", "taker", "against"}, "people/forms.py": {"password", "land_code"},
    "documentation/forms.py": {"old", "new"},                           # the very characters of a chapter, to be found there
    "jury/views/signing.py": {"passphrase", "certificate_seen"}, "jury/views/offline.py": {"text", "shown"},
    "jury/forms.py": {"urn_key", "tie_order", "shown"}, "editions/forms.py": {"shown"},
}
HIDDEN = "a\u202eb\0c\u2066d"


def modules():
    return sorted(path for path in ROOT.rglob("*.py") if "tests" not in path.parts and "migrations" not in path.parts)


def plain_fields(path):
    """Names under which a module makes or extends a plain text field."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef):
            found |= {node.name for base in node.bases if ast.unparse(base).endswith("forms.CharField")}
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if any(isinstance(one, ast.Call) and ast.unparse(one.func).endswith("forms.CharField") for one in ast.walk(node.value)):
                found.add(named(target))
    return found


def named(target):
    if not isinstance(target, ast.Subscript):
        return ast.unparse(target)
    key = target.slice
    if isinstance(key, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in key.values)
    return key.value


def test_no_module_makes_a_plain_text_field_but_those_that_are_named_here():
    found = {str(path.relative_to(ROOT)): names for path in modules() if (names := plain_fields(path))}
    assert found == PLAIN


def test_forms_made_of_models_take_written_text_too():
    for path in modules():
        if "ModelForm" in path.read_text("utf-8"):
            importlib.import_module(".".join(["lorbeer", *path.relative_to(ROOT).with_suffix("").parts]))
    waiting, forms_of_models = list(BaseModelForm.__subclasses__()), []
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        forms_of_models += [one] if one.__module__.startswith("lorbeer.") and ".tests" not in one.__module__ else []

    assert len(forms_of_models) >= 4
    plain = {(form.__name__, name) for form in forms_of_models for name, field in form.base_fields.items() if type(field) is forms.CharField}
    assert plain == set()


@pytest.mark.parametrize("field", [WrittenField(), Text()], ids=["written", "workbook"])
def test_what_nobody_sees_is_taken_out(field):
    assert field.clean(HIDDEN) == "abcd"


def test_a_text_that_is_too_long_is_told_how_long_it_is_and_what_to_do():
    with translation.override("de"), pytest.raises(forms.ValidationError) as caught:
        WrittenField(max_length=2000).clean("x" * 2001)
    assert caught.value.messages == ["Dieser Text hat 2001 Zeichen; höchstens 2000 lassen sich speichern. Bitte kürzen Sie ihn."]

"""What is printed for those who apply on paper: the empty form, and the cover sheet of a draft, both with the code that finds it again."""

import json
from functools import lru_cache
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.intake import rules
from lorbeer.intake.covers import Cover
from lorbeer.intake.models import Draft
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.paper import paper_sections
from lorbeer.questionnaire.queries import form_of
from lorbeer.shared import clock
from lorbeer.shared.documents import render_pdf


def paper_form_pdf(competition: Competition, version: Version, language: str = "de") -> bytes:
    """The questionnaire to be filled in by hand, behind a cover sheet that names no draft; the same for everybody."""
    with translation.override(language):
        sections = paper_sections(form_of(version))
        data = _cover(competition, Cover(competition.code, version.number, "")) | {
            "title": _("Entry form"), "sections": sections,
            "legend": _("Please write clearly, in dark ink. What is marked with %(sign)s must be answered.") % {"sign": "*"},
        }
        return _printed(version.pk, language, json.dumps(data, ensure_ascii=False))


@lru_cache(maxsize=16)
def _printed(version: int, language: str, data: str) -> bytes:
    """Typeset once in each process: `data` is JSON, so that it can be compared."""
    with clock.at(Version.objects.values_list("published_at", flat=True).get(pk=version) or clock.now()):
        return render_pdf("paper", json.loads(data), language=language)


def cover_pdf(draft: Draft, language: str = "de") -> bytes:
    """The sheet that lies on top of what somebody sends by post for a draft that is there already."""
    competition = draft.entry.competition
    with translation.override(language):
        data = _cover(competition, Cover(competition.code, draft.version.number, draft.entry.code))
        return render_pdf("paper", data | {"title": _("Cover sheet"), "sections": []}, language=language)


def _cover(competition: Competition, cover: Cover) -> dict[str, Any]:
    phase = rules.entries_phase(competition, rules.open_round(competition) or rules.last_round(competition))
    deadline = rules.moment_in_words(competition, phase.ends_at) if phase and phase.ends_at else ""
    counts = _("the postmark") if competition.paper_counts_by == "postmark" else _("the arrival")
    facts = [
        [_("Check word"), cover.word], [_("Version of the form"), str(cover.version)],
        *([[_("Deadline"), deadline], [_("What counts on paper"), counts]] if deadline else []),
    ]
    steps = [
        _("Put this sheet on top of what you send: the filled-in form or a printout of your entry.") if cover.entry
        else _("Fill in the form and sign it."),
        _("Leave this sheet on top; its code leads the scan to the right place. It holds nothing about you."),
        _("Do not write or stick anything on the code."),
        _("Send everything to the competition office, photos and enclosures with it."),
    ]
    return {
        "competition": str(competition.title),
        "qr": {"payload": cover.payload, "alt": _("Code of this cover sheet: %(code)s") % {"code": cover.payload}},
        "code_label": _("Code of the entry") if cover.entry else _("Code of the form"),
        "code": cover.entry or _("Form %(version)d") % {"version": cover.version}, "facts": facts, "steps": steps,
        "address": [line for line in [str(competition.office_name), *competition.office_address.splitlines()] if line.strip()],
        "address_label": _("To"), "foot": f"{competition.title} · {cover.payload}", "legend": "", "required_sign": "*",
        "signatures": [_("Place, date"), _("Signature")],
    }

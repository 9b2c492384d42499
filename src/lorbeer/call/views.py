"""What the call says, on screen: read, reworded, dated; letters; the package."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lorbeer.call import letters as letter_rules
from lorbeer.call import rules, services
from lorbeer.call.forms import LetterForm, NewLetterForm, PackageForm, PhasesForm, RuleForm, WordsForm
from lorbeer.call.models import Competition, Letter
from lorbeer.call.package import lacking
from lorbeer.call.package_zip import LARGEST_ARCHIVE, import_zip, zip_of
from lorbeer.call.rulebook import JuryRules, RetentionRules, ScreeningRules
from lorbeer.people.access import competition_for
from lorbeer.register.models import LegalStatus
from lorbeer.shared import log
from lorbeer.shared.context import address
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.phases import place_in_time
from lorbeer.shared.text import house_language, language_name
from lorbeer.shared.verdicts import Verdict

MOST_NAMES = 500


def _for(request: HttpRequest, code: str, rule: Any) -> Competition:
    """The competition, for those whom `rule` lets in; strangers do not learn that there is a page."""
    competition = competition_for(request, code)
    verdict: Verdict = rule(request.user, competition)
    if verdict:
        return competition
    if not request.roles:  # type: ignore[attr-defined]
        raise Http404
    raise Refused(str(verdict.reason))


def _tabs(competition: Competition, current: str) -> list[dict[str, Any]]:
    names = [("call_show", _("The call")), ("letter_list", _("Letters"))]
    return [{"label": label, "url": reverse(f"call:{name}", args=[competition.code]), "current": name == current}
            for name, label in names]


@require_safe
def call_show(request: HttpRequest, competition: str) -> HttpResponse:
    """Everything the call fixes, on one page, each part with the way to change it."""
    found = _for(request, competition, rules.can_see_call)
    schedule = found.schedule
    phases = [{"phase": one, "place": place_in_time(one, [other for other in schedule if other.round == one.round])} for one in schedule]
    statuses = dict(LegalStatus.choices)
    groups = [
        {"group": group, "statuses": [statuses.get(status, status) for status in group.legal_statuses],
         "prizes": list(group.prizes.all())}
        for group in found.groups.prefetch_related("prizes")
    ]
    return render(request, "call/call_show.html", {
        "tabs": _tabs(found, "call_show") if rules.can_edit_letters(request.user, found) or rules.can_export(request.user, found)
        else [], "phases": phases, "rounds": sorted({row["phase"].round for row in phases}),
        "groups": groups, "criteria": found.criteria.all(),
        "purses": found.purses.order_by("round"), "clauses": found.clauses.prefetch_related("check_points"),
        "loose_points": found.check_points.filter(clause=None), "screening": ScreeningRules.from_json(found.screening),
        "jury": JuryRules.from_json(found.jury), "modes": [_mode(mode) for mode in JuryRules.from_json(found.jury).modes],
        "retention": RetentionRules.from_json(found.retention), "retained": _retained(found),
        "may_edit": rules.can_edit_call(request.user, found), "may_export": rules.can_export(request.user, found),
    })


def _mode(mode: str) -> str:
    return {"consensus": _("by consensus"), "open": _("by open vote"), "secret": _("by secret ballot"),
            "ranking": _("by ranking"), "approval": _("by approval vote"), "stv": _("by single transferable vote")}.get(mode, mode)


def _retained(competition: Competition) -> list[tuple[str, str]]:
    """How long personal data is kept, in words."""
    names = {"contact": _("contact data"), "not_awarded": _("entries that won nothing"), "sensitive": _("sensitive data"),
             "person": _("data on persons")}
    return [
        (names.get(key, key), ngettext("%(count)d month after the announcement", "%(count)d months after the announcement", months)
         % {"count": months})
        for key, months in RetentionRules.from_json(competition.retention).months.items()
    ]


def phases_edit(request: HttpRequest, competition: str) -> HttpResponse:
    """The dates. What people act by already is changed only after its consequences have been read."""
    found = _for(request, competition, rules.can_edit_call)
    form = PhasesForm(request.POST or None, competition=found)
    if request.method == "POST" and form.is_valid():
        if not form.changes:
            messages.info(request, _("No date was changed."))
            return redirect("call:call_show", competition=found.code)
        grave = [change for change in form.changes if change.is_running or change.is_over]
        if grave and "confirmed" not in request.POST:
            return render(request, "call/phases_confirm.html", {
                "changes": form.changes, "consequences": _consequences(grave), "reason": form.cleaned_data["reason"],
                "kept": {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"},
            })
        services.change_phases(found, form.changes, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, _("The dates are changed."))
        return redirect("call:call_show", competition=found.code)
    return render(request, "call/phases_edit.html", {
        "form": form, "several_rounds": len({phase.round for phase in form.phases}) > 1,
    }, status=422 if form.is_bound else 200)


def _consequences(changes: list[services.PhaseChange]) -> list[str]:
    found = []
    for change in changes:
        name = change.phase.get_kind_display()
        if change.reopens:
            found.append(_("“%(phase)s” was over and is open again. Who came too late can still act now.") % {"phase": name})
        elif change.shortens:
            found.append(_("“%(phase)s” ends earlier than announced. Who relied on the old date may come too late.")
                         % {"phase": name})
        else:
            found.append(_("“%(phase)s” is running; its dates change for everybody at once.") % {"phase": name})
    found.append(_("What has been judged as in time or late stays as it was judged."))
    found.append(_("Nobody is told by itself. Write to those who are concerned, and correct what is printed."))
    found.append(_("Old dates, new dates and your reason stand in the log."))
    return found


def words_edit(request: HttpRequest, competition: str, kind: str, code: str) -> HttpResponse:
    found = _for(request, competition, rules.can_edit_call)
    if kind not in services.WORDED:
        raise Http404
    row = get_object_or_404(services.WORDED[kind], competition=found, code=code)
    in_use = services.words_in_use(found)
    form = WordsForm(request.POST or None, kind=kind, row=row, languages=found.languages or ["de"], needs_reason=in_use)
    if request.method == "POST" and form.is_valid():
        if in_use and "confirmed" not in request.POST:
            old, new = [[words.get(language, "") for name, language in form.parts for words in [of(name)]]
                        for of in (lambda name: getattr(row, name), lambda name: form.words[name])]
            labels = [form.fields[f"{name}_{language}"].label for name, language in form.parts]
            changes = [change for change in zip(labels, old, new, strict=True) if change[1] != change[2]]
            if not changes:
                messages.info(request, _("No word was changed."))
                return redirect("call:call_show", competition=found.code)
            return render(request, "call/words_confirm.html", {
                "row": row, "changes": changes, "reason": form.cleaned_data["reason"],
                "kept": {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"},
            })
        services.change_words(found, kind, code, form.words, reason=form.cleaned_data.get("reason", ""), by=request.user)
        messages.success(request, _("The wording is saved."))
        return redirect("call:call_show", competition=found.code)
    return render(request, "call/words_edit.html", {"form": form, "row": row, "kind": kind},
                  status=422 if form.is_bound else 200)


def rule_edit(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Who is sorted into a group."""
    found = _for(request, competition, rules.can_edit_call)
    group = get_object_or_404(found.groups, code=code, is_special=False)
    form = RuleForm(request.POST or None, group=group)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_rule(found, code, by=request.user, **({"legal_statuses": []} | form.cleaned_data))
        except BadInput as error:
            for fault in error.faults or [str(error)]:
                form.add_error(error.where if error.where in form.fields else None, fault)
        else:
            messages.success(request, _("The rule is saved. Entries that are in keep their group."))
            return redirect("call:call_show", competition=found.code)
    return render(request, "call/rule_edit.html", {"form": form, "group": group, "needs_reason": services.needs_reason(found)},
                  status=422 if form.is_bound else 200)


# --- letters ----------------------------------------------------------------------------------------------------------


@require_safe
def letter_list(request: HttpRequest, competition: str) -> HttpResponse:
    """The letters of the competition, and those for which the house's own words go out."""
    found = _for(request, competition, rules.can_export)
    written: dict[str, list[Letter]] = {}
    for letter in found.letters.order_by("code", "language"):
        written.setdefault(letter.code, []).append(letter)
    rows = [{"code": kind.code, "label": kind.label, "letters": written.pop(kind.code, [])}
            for kind in letter_rules.KINDS if not kind.code.endswith("_")]
    for code, letters in written.items():
        kind = letter_rules.kind_of(code)
        rows.append({"code": code, "label": kind.label if kind else _("of your own"), "letters": letters})
    for row in rows:
        row["missing"] = [language for language in found.languages or ["de"]
                          if language not in {letter.language for letter in row["letters"]}]
    return render(request, "call/letter_list.html", {
        "tabs": _tabs(found, "letter_list"), "rows": rows, "form": NewLetterForm(competition=found),
        "may_edit": rules.can_edit_letters(request.user, found),
    })


def letter_new(request: HttpRequest, competition: str) -> HttpResponse:
    found = _for(request, competition, rules.can_edit_letters)
    given = request.POST or None
    form = NewLetterForm(given, competition=found)
    if request.method == "POST" and form.is_valid():
        return redirect("call:letter_edit", competition=found.code, code=form.cleaned_data["code"],
                        language=form.cleaned_data["language"])
    return render(request, "call/letter_new.html", {"form": form}, status=422 if form.is_bound else 200)


def letter_edit(request: HttpRequest, competition: str, code: str, language: str) -> HttpResponse:
    """Text with placeholders left, a rendered sample right; “preview” shows without saving."""
    found = _for(request, competition, rules.can_edit_letters)
    if language not in (found.languages or ["de"]):
        raise Http404
    letter = found.letters.filter(code=code, language=language).first() or letter_rules.text_sent(found, code, language)
    form = LetterForm(request.POST or None, instance=letter)
    if request.method == "POST" and form.is_valid() and "_preview" not in request.POST:
        services.save_letter(form.instance, by=request.user)
        messages.success(request, _("The letter is saved."))
        return redirect("call:letter_edit", competition=found.code, code=code, language=language)
    kind = letter_rules.kind_of(code)
    subject, body = str(form["subject"].value() or ""), str(form["body"].value() or "")
    return render(request, "call/letter_edit.html", {
        "form": form, "letter": letter, "kind": kind,
        "is_of_house": not found.letters.filter(code=code).exists(), "language": language_name(language),
        "names": [{"name": "{{ " + name + " }}", "sample": value} for name, value in _names(found, kind, language)],
        "sample": _sample(found, kind, letter, subject, body), "waves": letter.waves.count() if letter.pk else 0,
    }, status=422 if form.is_bound and not form.is_valid() else 200)


def _names(competition: Competition, kind: letter_rules.LetterKind | None, language: str) -> list[tuple[str, str]]:
    if kind is None:
        return []
    facts = letter_rules.sample_facts(competition, kind, language)
    return sorted((name, facts[name.partition(".")[0]][name.partition(".")[2]]) for name in kind.placeholders)


def _sample(competition: Competition, kind: letter_rules.LetterKind | None, letter: Letter, subject: str, body: str) -> dict[str, str]:
    facts = letter_rules.sample_facts(competition, kind, letter.language) if kind else {}
    try:
        title, text = letter_rules.render(Letter(code=letter.code, language=letter.language, subject=subject, body=body), facts)
    except BadInput as error:
        return {"trouble": str(error)}
    return {"title": title, "body": text}


def letter_delete(request: HttpRequest, competition: str, code: str, language: str) -> HttpResponse:
    found = _for(request, competition, rules.can_edit_letters)
    letter = get_object_or_404(found.letters, code=code, language=language)
    if request.method == "POST":
        services.delete_letter(letter, by=request.user)
        messages.success(request, _("The letter is deleted."))
        return redirect("call:letter_list", competition=found.code)
    known = letter_rules.kind_of(code)
    return render(request, "confirm.html", {
        "title": _("Delete the letter “%(subject)s”?") % {"subject": letter.subject}, "danger": True,
        "consequences": [_("Its text is gone; mails that were sent keep theirs."),
                         _("From now on Lorbeer’s own words go out instead.") if known and not known.code.endswith("_")
                         else _("It cannot be chosen for mailings any more.")],
        "button_label": _("Delete the letter"),
        "cancel_url": reverse("call:letter_edit", args=[found.code, code, language]),
    })


# --- the package ------------------------------------------------------------------------------------------------------


@require_safe
def package_download(request: HttpRequest, competition: str) -> HttpResponse:
    """The whole competition as data, without its entries: to keep, to clone for next year, to import elsewhere."""
    found = _for(request, competition, rules.can_export)
    data = zip_of(found)
    log.record("competition.export", subject=f"competition:{found.code}", scope=found.code, actor=request.user)
    response = HttpResponse(data, content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.code}.zip"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@login_required
def package_import(request: HttpRequest) -> HttpResponse:
    """Operators bring in a package: a new competition, or an existing one up to date."""
    if not rules.is_operator(request.user):
        raise Http404
    form = PackageForm(request.POST or None, request.FILES or None)
    faults: list[str] = []
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            if upload.size > LARGEST_ARCHIVE:
                raise BadInput(_("The file is larger than %(most)d MB.") % {"most": LARGEST_ARCHIVE // 1024 // 1024})
            found = import_zip(upload, by=request.user)
        except BadInput as error:
            faults = error.faults
        else:
            messages.success(request, _("“%(title)s” is imported.") % {"title": found.title})
            for sentence in lacking(found):
                messages.warning(request, sentence)
            edition = found.register_edition
            if found.of_register and edition is not None and edition.is_extract and not found.brings_register:
                messages.warning(request, _("There is no full register here, so it uses an extract that another package brought along. Once "
                                            "the full one is imported, the office can take it on its page “Official register”, until "
                                            "the first entry is begun."))
            return redirect("call:call_show", competition=found.code)
    return render(request, "call/package_import.html", {
        "form": form, "faults": faults, "fault_title": ngettext(
            "%(count)d fault was found. Nothing was imported.", "%(count)d faults were found. Nothing was imported.",
            len(faults)) % {"count": len(faults)}, "language": house_language(get_language() or "de"), "home_url": address("home"),
    }, status=422 if form.errors or faults else 200)

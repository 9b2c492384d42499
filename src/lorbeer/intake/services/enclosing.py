"""What came beside a mailed form answers its questions for files: by itself where it is certain, else by a click of the office.

Certain is: the form says how the file is called that belongs to a question; its name begins with that of the question, as the form
asks; or only one question of the form takes files of its kind, with room for all of them. A picture that stands in the text of the
mail (the logo of a signature) is never certain, and makes other pictures uncertain. More files than a question has room for are not
certain either: those that the form names are taken if they find room, else none. No file takes the place of another one unseen.
"""

import contextlib
import dataclasses
import hashlib
import re
from collections.abc import Mapping

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.entries import rules as entry_rules
from lorbeer.intake import mail_reading, pdf_forms, places, queries, rules
from lorbeer.intake.enclosures import file_questions, fits, pictures_of_letter
from lorbeer.intake.models import QUARANTINE, Arrival, Draft, DraftAnswer, Enclosure
from lorbeer.intake.services.answers import save_answers
from lorbeer.intake.services.attachments import attach_file
from lorbeer.intake.services.changes import Change
from lorbeer.intake.services.describing import describe_photos, folded, names_in
from lorbeer.people.models import Person
from lorbeer.questionnaire.definition import Question
from lorbeer.questionnaire.pdfform import Filled
from lorbeer.questionnaire.values import Key
from lorbeer.shared import clock, files, log
from lorbeer.shared.errors import BadInput, Busy, Refused
from lorbeer.shared.models import StoredFile
from lorbeer.shared.verdicts import require

Reason = Enclosure.Reason
ACTOR = "system:mail"


def enclose(arrival: Arrival, draft: Draft, filled: Filled, *, beside: list[StoredFile], by: Person | None) -> list[str]:
    """Answer file questions with what came with the mail beside its forms.

    Sentences for what was certain and yet refused (too many pages, too large): that is left to the office like what is not certain;
    and for what the form says of photos that are not there.
    """
    known = set(arrival.enclosures.values_list("file", flat=True))
    evaluation = queries.evaluation_of(draft)
    questions = file_questions(evaluation)
    came = arrival.files.filter(kind=files.UPLOAD).exclude(subject__startswith=QUARANTINE).select_related("blob").order_by("pk")
    fitting = {stored: keys for stored in came if stored.pk not in known and stored not in beside
               and (keys := [key for key, question in questions.items() if fits(question, stored)])}
    rows = {stored: Enclosure.objects.create(arrival=arrival, file=stored) for stored in fitting}
    certain = _certain(fitting, questions, filled, _inline(arrival))
    there = {key: {one.get("sha256", "") for one in evaluation.answers.get(key) or ()} for key in questions}
    refused = []
    for stored, (key, reason) in _with_room(certain, questions, there).items():
        try:
            with transaction.atomic():
                _answer(rows[stored], draft, key, reason, by=by)
        except BadInput as error:
            refused.append(str(error))
    new = {row.file.blob_id for row in rows.values() if row.kept_id is not None}
    return [*refused, *describe_photos(draft, filled, by=by, came=_came(arrival, questions), new=new)]


def _came(arrival: Arrival, questions: Mapping[Key, Question]) -> dict[Key, list[StoredFile]]:
    """What came with an arrival and may belong to each question, put there or not; nothing that for certain belongs to another one."""
    rows = [*arrival.enclosures.select_related("file__blob").order_by("pk")]
    rows += pictures_of_letter(arrival, known={row.file_id for row in rows})
    sure = (Reason.NAMED, Reason.BEGINS, Reason.ONLY)
    return {key: [row.file for row in rows if (row.reason not in sure or (row.question, row.place) == key) and fits(question, row.file)]
            for key, question in questions.items()}


def _inline(arrival: Arrival) -> set[str]:
    """SHA-256 of what stands in the text of the mail itself."""
    mail = arrival.files.filter(kind="mail").first()
    attachments = mail_reading.read(files.read(mail)).attachments if mail is not None else ()
    return {hashlib.sha256(one.data).hexdigest() for one in attachments if one.is_inline}


def _certain(fitting: Mapping[StoredFile, list[Key]], questions: Mapping[Key, Question], filled: Filled, inline: set[str]) -> dict[
    StoredFile, tuple[Key, str]
]:
    """The files of which it is certain where they belong, and why."""
    found: dict[StoredFile, tuple[Key, str]] = {}
    names = [folded(stored.name) for stored in fitting]
    for stored, keys in fitting.items():
        own = folded(stored.name)
        named = [key for key in keys if own in names_in(filled, key)]
        begun = [key for key in keys if _begins(own, key)]
        if len(named) == 1 and names.count(own) == 1:
            found[stored] = named[0], Reason.NAMED
        elif not named and begun:
            longest = max(begun, key=lambda key: (len(key[0]), key[1] > 0))
            if sum(len(key[0]) == len(longest[0]) for key in begun) == 1:
                found[stored] = longest, Reason.BEGINS
    claimed = {key for key, _reason in found.values()} | {key for key in filled.files if key in questions and names_in(filled, key)}
    for key, question in questions.items():
        only = [stored for stored, keys in fitting.items() if key in keys and stored not in found]
        takes = question.most_files
        if key not in claimed and 0 < len(only) <= takes and all(fitting[one] == [key] and one.blob_id not in inline for one in only):
            found |= dict.fromkeys(only, (key, str(Reason.ONLY)))
    return found


def _with_room(certain: Mapping[StoredFile, tuple[Key, str]], questions: Mapping[Key, Question], there: Mapping[Key, set[str]]) -> dict[
    StoredFile, tuple[Key, str]
]:
    """Of the certain files those that their question has room for beside what is `there` (SHA-256): all, else the named ones, else none."""
    taken: dict[StoredFile, tuple[Key, str]] = {}
    for key, question in questions.items():
        meant = {stored: place for stored, place in certain.items() if place[0] == key}
        named = {stored: place for stored, place in meant.items() if place[1] == Reason.NAMED}
        for some in (meant, named):
            if len(there[key] | {stored.blob_id for stored in some}) <= question.most_files:
                taken |= some
                break
    return taken


def _begins(name: str, key: Key) -> bool:
    """Whether a file is called as a question is, in a repeat with the number of the place: `photo_2.jpg`, `photo 2 garden.jpg`."""
    question, place = key
    pattern = re.escape(question.casefold()) + (rf"[\s_.-]*0*{place}(?!\d)" if place else "") + r"(?![^\W\d_])"
    return bool(re.match(pattern, name))


def _answer(row: Enclosure, draft: Draft, key: Key, reason: str, *, by: Person | None) -> None:
    """Attach the file as an upload would be, and note why."""
    with files.open_file(row.file) as opened:
        content = ContentFile(opened.read(), name=row.file.name)
    question, place = key
    present = DraftAnswer.objects.filter(draft=draft, question=question, place=place).first()
    same = next((one for one in (present.value if present and present.value else ()) if one.get("sha256") == row.file.blob_id), None)
    if same is None:                                                    # the same file is there already: it says nothing new
        row.kept = attach_file(draft, question, place, content, by=by)
    row.question, row.place, row.reason = question, place, reason
    _note(row, by)


def _note(row: Enclosure, by: Person | None) -> None:
    row.by, row.at = by, clock.now()
    row.save(update_fields=["question", "place", "reason", "kept", "by", "at"])
    log.record("arrival.enclose", subject=f"arrival:{row.arrival.number}", scope=row.arrival.competition.code, actor=by or ACTOR,
               file=row.file.code, question=row.question, place=row.place, reason=row.reason)


@transaction.atomic
def assign_enclosure(row: Enclosure, question: str, place: int, *, by: Person) -> Enclosure:
    """The office says which question a file answers; where it stood before, it is taken out. Raises BadInput as an upload does."""
    row, draft = _open_to(row, by)
    asked = file_questions(queries.evaluation_of(draft)).get((question, place))
    if asked is None:
        raise BadInput(_("This question is not asked in the draft. Please choose another one."))
    if (row.question, row.place) != (question, place) or not row.reason:
        _take_out(row, draft, by)
        _answer(row, draft, (question, place), Reason.OFFICE, by=by)
        if asked.takes_one_file:                                        # what stood there has no question any more, and somebody has to say so
            for other in row.arrival.enclosures.filter(question=question, place=place).exclude(pk=row.pk).select_related("arrival", "file"):
                other.arrival = row.arrival
                other.question, other.place, other.reason, other.kept = "", 0, "", None
                _note(other, by)
        _describe_again(row, draft, (question, place), by)
    return row


def _describe_again(row: Enclosure, draft: Draft, key: Key, by: Person) -> None:
    """What the form of this arrival says of a photo comes with it, too, when the office puts the photo in its place."""
    with contextlib.suppress(BadInput, Busy):                           # no form, or several: the arrival's page says so
        filled = places.placed_as_now(draft, pdf_forms.form_of(row.arrival)[0])
        came = _came(row.arrival, file_questions(queries.evaluation_of(draft)))
        describe_photos(draft, dataclasses.replace(filled, files={key: filled.files.get(key, [])}), by=by, came=came,
                        new={row.file.blob_id} if row.kept_id is not None else (), only=row.file.blob_id)


@transaction.atomic
def set_aside_enclosure(row: Enclosure, *, by: Person) -> Enclosure:
    """The office says that a file answers no question. It stays with the arrival."""
    row, draft = _open_to(row, by)
    _take_out(row, draft, by)
    row.question, row.place, row.reason, row.kept = "", 0, Reason.ASIDE, None
    _note(row, by)
    return row


def _open_to(row: Enclosure, by: Person) -> tuple[Enclosure, Draft]:
    """The row, locked, and the draft, where the office may still decide."""
    rows = Enclosure.objects.select_for_update(of=("self",)).select_related("arrival__competition", "arrival__entry", "file__blob")
    if row.pk is None:                                                  # of a letter: it is a row once somebody has decided
        require(rules.can_use_arrival_desk(by, row.arrival.competition))
        row = Enclosure.objects.get_or_create(arrival=row.arrival, file=row.file)[0]
    row = rows.get(pk=row.pk)
    require(rules.can_use_arrival_desk(by, row.arrival.competition))
    draft = Draft.objects.select_related("entry__competition", "version__questionnaire").filter(entry=row.arrival.entry_id).first()
    if draft is None or row.arrival.closed_at:
        raise Refused(_("No draft belongs to this arrival, or it is closed: what belongs to which question cannot be changed here now."))
    require(entry_rules.can_attach_files(by, draft.entry))
    return row, draft


def _take_out(row: Enclosure, draft: Draft, by: Person) -> None:
    if row.kept_id is None:
        return
    present = DraftAnswer.objects.filter(draft=draft, question=row.question, place=row.place).first()
    code = row.kept.code if row.kept else ""
    left = [one for one in (present.value if present and present.value else []) if one.get("code") != code]
    if present is not None and left != (present.value or []):
        save_answers(draft, [Change(row.question, left or None, row.place)], by=by)

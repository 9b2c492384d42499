"""Input of the intake, made clean. The questions of the entry form are in questionnaire.forms."""

from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from lorbeer.call.deadlines import moment_in_words
from lorbeer.call.models import Competition
from lorbeer.call.queries import register_of
from lorbeer.entries.models import Entry, State
from lorbeer.intake.models import Arrival, Channel, Keying
from lorbeer.intake.queries import (
    CLOSED_AS_AUTOMATIC,
    LATE_TO_DECIDE,
    TO_KEY_IN,
    TROUBLED,
    UNKNOWN_BODY,
    UNPLACED,
    left_over,
    line_seen,
)
from lorbeer.intake.rules import implausible
from lorbeer.questionnaire.pdfform import MOST_MEGABYTES
from lorbeer.register.choosing import more_fit, told
from lorbeer.register.models import Municipality
from lorbeer.register.queries import bodies_called, bodies_to_choose
from lorbeer.shared import clock
from lorbeer.shared.fields import DayField, WrittenField
from lorbeer.shared.lists import ListForm
from lorbeer.shared.templatetags.formats import short_day
from lorbeer.shared.text import written_in


class StartForm(forms.Form):
    """Who applies: a municipality of the register, or the name of another body.

    A name that is not that of one municipality alone is asked back: `municipality` then offers those that may be meant.
    """

    NONE = "none"                                                       # not every body that may apply stands in the register

    applicant = WrittenField(label=gettext_lazy("Who applies?"), max_length=300, widget=forms.TextInput(
        {"autocomplete": "organization"}), error_messages={"required": gettext_lazy("Say who applies.")})
    chosen = forms.ChoiceField(label=gettext_lazy("Which one is it?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, competition: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.competition = competition
        self.municipality: Municipality | None = None
        self.of_register = competition.of_register
        if self.of_register:
            self.fields["applicant"].label = _("Which municipality applies?")
            self.fields["applicant"].help_text = _(
                "Type its name or its official key. Name, Land, status and number of inhabitants come from the official "
                "register."
            )
        elif competition.of_persons:
            self.fields["applicant"].help_text = _("The name of the person who takes part.")
            self.fields["applicant"].widget.attrs["autocomplete"] = "name"
        else:
            self.fields["applicant"].help_text = _("The name of your association, group or body as it stands in letters.")
        self.found = self._ask_which(str(self.data.get("applicant") or "").strip()[:300])

    def _ask_which(self, text: str) -> dict[str, Municipality]:
        """Key → body of those that `text` may mean; the question goes where there is none, or one that is called so."""
        edition = register_of(self.competition) if self.of_register and text else None
        exact = bodies_called(edition, text) if edition else []
        if len(exact) == 1:
            self.municipality = exact[0]
        if edition is None or self.municipality is not None:
            del self.fields["chosen"]
            return {}
        found, more = bodies_to_choose(edition, text)
        field: Any = self.fields["chosen"]
        none = [] if exact else [(self.NONE, (_("None of these: “%(name)s” is not in the register") if found else
                                              _("Begin all the same with “%(name)s”")) % {"name": text})]
        self.is_extract = edition.is_extract
        field.choices = [*told(found).items(), *none]
        field.help_text = more_fit(more)
        return {body.key: body for body in found}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "chosen" in self.fields and "applicant" in data:
            if not data.get("chosen"):
                self.errors.pop("chosen", None)                         # what was chosen before belongs to another name
                self.add_error("chosen", self._not_one() % {"name": data["applicant"]})
            self.municipality = self.found.get(data.get("chosen") or "")
        data["applicant"] = self.municipality.name if self.municipality else str(data.get("applicant", "")).strip()
        return data

    def _not_one(self) -> str:
        if self.found:
            return _("“%(name)s” is not the name of one municipality alone. Please choose which one it is.")
        if self.is_extract:
            return _("“%(name)s” is not in the extract of the official register that is used here. Please check the spelling. If it is "
                     "right, write to the competition office, which can add it; you can begin all the same, and what you typed is kept.")
        return _("“%(name)s” is not in the official register. Please check the spelling. If it is right, write to the competition office; "
                 "you can begin all the same, and what you typed is kept.")


class InviteForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254, widget=forms.EmailInput(
        {"autocomplete": "off"}))


class FilledForm(forms.Form):
    """A filled entry form, to be read into the draft."""

    form = forms.FileField(
        label=gettext_lazy("Filled form"), help_text=gettext_lazy("The PDF in which you filled in the form and which you saved."),
        widget=forms.FileInput({"accept": ".pdf,application/pdf"}),
    )

    def clean_form(self) -> bytes:
        sent = self.cleaned_data["form"]
        if sent.size > MOST_MEGABYTES * 1024 * 1024:
            raise forms.ValidationError(
                _("The file is larger than %(most)d MB. A form of Lorbeer is much smaller; please choose the PDF that you filled in.")
                % {"most": MOST_MEGABYTES})
        return bytes(sent.read())


class _WithdrawForm(forms.Form):
    """What the page said, so that nothing else is taken back: the receipt of the submission that counted then, "" for none."""

    receipt = WrittenField(required=False, max_length=20, widget=forms.HiddenInput)


class WithdrawForm(_WithdrawForm):
    reason = WrittenField(
        label=gettext_lazy("Why do you withdraw?"), required=False, max_length=1000, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("You need not say. It helps the office to understand."),
    )
    is_final = forms.BooleanField(required=False, widget=forms.HiddenInput)   # the page said that it cannot be undone


class OfficeWithdrawForm(_WithdrawForm):
    """The office takes back what it keyed in for somebody else, so it says why."""

    reason = WrittenField(
        label=gettext_lazy("Why is the entry withdrawn?"), max_length=1000, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("For example “the applicant has asked for it, by letter of …”. The reason is recorded."),
    )


AHEAD = timedelta(minutes=2)                                            # by which the clock at the desk may be before the server's


class ArrivalForm(forms.Form):
    """A letter or mail at the desk, in five fields."""

    channel = forms.ChoiceField(label=gettext_lazy("How did it come?"), choices=[
        (Channel.POST, Channel.POST.label), (Channel.EMAIL, Channel.EMAIL.label)], initial=Channel.POST)
    arrived_on = DayField(label=gettext_lazy("Arrived on"), widget=forms.DateInput())
    arrived_time = forms.TimeField(label=gettext_lazy("Time of arrival"), widget=forms.TimeInput(), required=False)
    postmarked_on = DayField(label=gettext_lazy("Postmark"), required=False, widget=forms.DateInput(),
                                    help_text=gettext_lazy("Leave it empty if it cannot be read."))
    sender = WrittenField(label=gettext_lazy("Sender"), max_length=300,
                          help_text=gettext_lazy("As it stands on the envelope."))
    subject = WrittenField(label=gettext_lazy("Title or subject"), max_length=500, required=False)
    scan = forms.FileField(label=gettext_lazy("Scan"), required=False,
                           help_text=gettext_lazy("PDF or picture; you can also add it later."))
    sent_from = WrittenField(max_length=32, required=False, widget=forms.HiddenInput)    # tells this page from the next

    def __init__(self, *args: Any, competition: Competition, **kwargs: Any) -> None:
        self.competition, self.zone = competition, ZoneInfo(competition.time_zone)
        now = clock.now().astimezone(self.zone)
        kwargs.setdefault("initial", {"channel": Channel.POST, "arrived_on": now.date(), "arrived_time": now.strftime("%H:%M"),
                                      "sent_from": token_hex(16)})
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        day, hour = cleaned.get("arrived_on"), cleaned.get("arrived_time")
        if day is None:
            return cleaned
        moment = datetime.combine(day, hour or datetime.min.time().replace(hour=12), tzinfo=self.zone)
        now = clock.now()
        if now < moment and (moment <= now + AHEAD or (hour is None and day == clock.day(now, self.zone))):
            moment = now                                                # two clocks; or today, and no hour said
        postmark = cleaned.get("postmarked_on")
        for field, sentence in implausible(self.competition, moment, postmark):
            self.add_error(field, sentence)
        if cleaned.get("channel") == Channel.EMAIL and postmark:
            self.add_error("postmarked_on", _("A mail has no postmark. Please leave this empty."))
        cleaned["arrived_at"] = moment
        return cleaned


class CorrectionForm(ArrivalForm):
    """The line of the register as it should have been, and why."""

    reason = WrittenField(
        label=gettext_lazy("Why is it corrected?"), max_length=1000, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("What stood there before is kept, with your reason."))
    seen = WrittenField(required=False, max_length=64, widget=forms.HiddenInput)         # the line that stood there when the page was made

    def __init__(self, *args: Any, arrival: Arrival, **kwargs: Any) -> None:
        self.arrival = arrival
        self.before = arrival.arrived_at.astimezone(ZoneInfo(arrival.competition.time_zone))
        super().__init__(*args, competition=arrival.competition, initial={
            "channel": arrival.channel, "arrived_on": self.before.date(), "arrived_time": self.before.strftime("%H:%M"),
            "postmarked_on": arrival.postmarked_on, "sender": arrival.sender, "subject": arrival.subject, "seen": line_seen(arrival),
        }, **kwargs)
        del self.fields["scan"], self.fields["sent_from"]
        self.fields["channel"].disabled = arrival.submissions.exists()  # the receipt names it

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        moment = cleaned.get("arrived_at")
        if moment and moment == self.before.replace(second=0, microsecond=0):
            cleaned["arrived_at"] = self.arrival.arrived_at             # seconds are not asked for, and not lost
        if cleaned.get("seen") and cleaned["seen"] != line_seen(self.arrival):
            self.add_error(None, _(
                "Somebody has corrected this line since you opened this page, so nothing of yours has been saved. There stands now: arrived"
                " %(arrived)s, postmark %(postmark)s, sender %(sender)s, subject %(subject)s. If yours is right, save again: it replaces that.",
            ) % {"arrived": moment_in_words(self.competition, self.arrival.arrived_at),
                 "postmark": short_day(self.arrival.postmarked_on),
                 "sender": self.arrival.sender or "–", "subject": self.arrival.subject or "–"})
            self.data = self.data.copy()                                # type: ignore[attr-defined]
            self.data["seen"] = cleaned["seen"] = line_seen(self.arrival)
        return cleaned


class ReasonForm(forms.Form):
    reason = WrittenField(label=gettext_lazy("Why?"), max_length=1000, widget=forms.Textarea({"rows": 3}),
                          help_text=gettext_lazy("For example “twice: the same letter as number …”. The reason is recorded."))


class ReopenForm(ReasonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = gettext_lazy("For example “closed by mistake”. The reason is recorded.")


class AddForm(forms.Form):
    """The entry to which an arrival is put; empty takes it away again."""

    code = WrittenField(label=gettext_lazy("Code of the entry"), max_length=20, help_text=gettext_lazy("For example K7QD4X-M."),
                        error_messages={"required": gettext_lazy("Please type the code of the entry.")})

    def __init__(self, *args: Any, arrival: Arrival, **kwargs: Any) -> None:
        super().__init__(*args, initial={"code": arrival.added_to.code if arrival.added_to else ""}, **kwargs)
        self.arrival = arrival
        if arrival.added_to:
            self.fields["code"].required = False
            self.fields["code"].help_text = _("For example K7QD4X-M. Leave it empty to take it away from the entry.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        code = cleaned.pop("code", "").strip().upper()
        cleaned["entry"] = Entry.objects.filter(competition=self.arrival.competition_id, code=code).first() if code else None
        if cleaned["entry"] is None and code:
            self.add_error("code", _("There is no entry with this code. Please compare it with the list of entries."))
        return cleaned


class ScanForm(forms.Form):
    scan = forms.FileField(label=gettext_lazy("Scan"), help_text=gettext_lazy("PDF or picture."))


class MergeForm(forms.Form):
    """Which of two entries counts, and why they are one."""

    counts = forms.ChoiceField(label=gettext_lazy("Which one counts?"), widget=forms.RadioSelect)
    reason = WrittenField(label=gettext_lazy("Why are they one?"), max_length=1000, widget=forms.Textarea({"rows": 3}),
                          help_text=gettext_lazy("For example “sent by post, too, to be safe”. The reason is recorded."))

    def __init__(self, *args: Any, pair: tuple[Entry, Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["counts"]
        field.choices = [(one.code, written_in(one.competition, f"{one.code} · {one.title}")) for one in pair]
        if pair[0].state == State.ADMITTED:
            field.initial = pair[0].code


class LateForm(forms.Form):
    reason = WrittenField(
        label=gettext_lazy("Why is it admitted?"), max_length=2000, widget=forms.Textarea({"rows": 4}),
        error_messages={"required": gettext_lazy("Say why it is admitted although it came late.")},
        help_text=gettext_lazy("The reason is recorded and stands in the file of the entry."),
    )


class ArrivalFilter(ListForm):
    """What the desk shows."""

    q = WrittenField(label=gettext_lazy("Search"), required=False)
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), required=False,
                                choices=[("", gettext_lazy("all")), *Channel.choices])
    show = forms.ChoiceField(label=gettext_lazy("Show"), required=False, choices=[
        ("", gettext_lazy("all")), ("late", gettext_lazy("late, to be decided")),
        ("admitted_late", gettext_lazy("admitted late")), ("to_key", gettext_lazy("to be keyed in")),
        ("second", gettext_lazy("to be keyed in a second time")), ("compare", gettext_lazy("two keyings, to be compared")),
        ("troubled", gettext_lazy("mails that could not be read by themselves")),
        ("unplaced", gettext_lazy("with files that belong to no question yet")),
        ("unknown", gettext_lazy("of a municipality that the register does not know")),
        ("in_time", gettext_lazy("in time")), ("added", gettext_lazy("put to another entry")),
        ("left", gettext_lazy("for a draft that was not submitted, to be decided")), ("closed", gettext_lazy("closed")),
        ("automatic", gettext_lazy("closed as automatic mail")),
    ])

    def narrow(self, rows: Any) -> Any:
        wanted = self.cleaned_data
        if text := wanted["q"].strip():
            rows = rows.filter(
                Q(sender__icontains=text) | Q(subject__icontains=text) | Q(number__iexact=text)
                | Q(entry__title__icontains=text) | Q(entry__code__iexact=text)
            )
        if wanted["channel"]:
            rows = rows.filter(channel=wanted["channel"])
        if wanted["show"] == "closed":
            return rows.exclude(closed_at=None)
        if wanted["show"] == "automatic":
            return rows.filter(CLOSED_AS_AUTOMATIC)
        if wanted["show"] == "added":
            return rows.exclude(added_to=None)
        if wanted["show"] == "left":
            return rows.filter(left_over())
        if wanted["show"]:
            rows = rows.filter(closed_at=None, added_to=None)
        if wanted["show"] == "troubled":
            return rows.filter(TROUBLED)
        if wanted["show"] == "unplaced":
            return rows.filter(UNPLACED)
        if wanted["show"] == "unknown":
            return rows.filter(UNKNOWN_BODY)
        if wanted["show"] == "to_key":
            return rows.filter(TO_KEY_IN)
        if wanted["show"] == "second":
            return rows.filter(channel=Channel.POST, entry__draft__keyings__in=Keying.objects.filter(
                first_done_at__isnull=False, second_done_at=None))
        if wanted["show"] == "compare":
            return rows.filter(channel=Channel.POST, entry__draft__keyings__in=Keying.objects.filter(
                second_done_at__isnull=False, settled_at=None))
        if wanted["show"] == "late":
            return rows.filter(LATE_TO_DECIDE)
        if wanted["show"]:
            rows = rows.filter(timeliness=wanted["show"])
        return rows


class VersionsForm(forms.Form):
    """Which two versions of an entry stand side by side; what it starts with is shown."""

    before = forms.ChoiceField(label=pgettext_lazy("version", "Before"))
    after = forms.ChoiceField(label=pgettext_lazy("version", "After"))

    def __init__(self, versions: list[tuple[str, str]], before: str, after: str) -> None:
        super().__init__(initial={"before": before, "after": after})
        for name in ("before", "after"):
            self.fields[name].choices = versions  # type: ignore[attr-defined]

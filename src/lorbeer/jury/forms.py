"""What people enter before and on the jury's day, made clean."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from lorbeer.call.models import AwardGroup, Competition, Prize
from lorbeer.entries.models import Entry, Project
from lorbeer.jury import queries
from lorbeer.jury.models import DeclarationNote, Item, Meeting, Member, Poll
from lorbeer.people.models import Person, Role
from lorbeer.shared import clock
from lorbeer.shared.fields import DayField, EuroField, WrittenField, euro_cents, whole_number
from lorbeer.shared.money import format_prize
from lorbeer.shared.text import in_sentence, listed, written_in


class MemberField(forms.ModelChoiceField):
    """Members by the code of their person."""

    def prepare_value(self, value: Any) -> Any:
        return value.person.code if isinstance(value, Member) else value


class AppointForm(forms.Form):
    person = forms.ModelChoiceField(
        Person.objects.none(),
        label=_("Person"),
        to_field_name="code",
        help_text=_("Everybody who has the role “juror” and is not yet on this jury. Invite others under Team first."),
    )
    kind = forms.ChoiceField(label=_("Function"), choices=Member.Kind.choices, initial=Member.Kind.MEMBER)
    constituency = WrittenField(
        label=_("Sent by"), required=False, max_length=200, help_text=_("The body or group that this member stands for.")
    )
    deputy_for = MemberField(
        Member.objects.none(), label=_("Deputy for"), required=False, empty_label=pgettext_lazy("deputy for", "nobody"),
        to_field_name="person__code",
    )
    votes = forms.BooleanField(label=_("Has a vote"), required=False, initial=True)
    appointed_on = DayField(label=_("Appointed on"))

    def __init__(self, *args: Any, competition: Competition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        field.queryset = (  # type: ignore[attr-defined]
            Person.objects.filter(roles__competition=competition, roles__kind=Role.Kind.JUROR)
            .exclude(jury_memberships__competition=competition)
            .order_by("name")
        )
        deputies = self.fields["deputy_for"]
        deputies.queryset = (  # type: ignore[attr-defined]
            competition.jury_members.exclude(kind=Member.Kind.DEPUTY).select_related("person").order_by("person__name")
        )
        self.fields["appointed_on"].initial = clock.today(competition.time_zone)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") == Member.Kind.DEPUTY and not data.get("deputy_for"):
            self.add_error("deputy_for", _("A deputy stands in for somebody: choose the member."))
        if data.get("kind") != Member.Kind.DEPUTY and data.get("deputy_for"):
            self.add_error("deputy_for", _("Only a deputy stands in for somebody else."))
        return data


class MoveForm(forms.Form):
    held_on = DayField(label=_("Day of the meeting"))


class PlanForm(MoveForm):
    round = forms.IntegerField(label=_("Round"), min_value=1, max_value=99, initial=1)
    field_order = ["round", "held_on"]


class PrizeField(forms.ModelChoiceField):
    def label_from_instance(self, prize: Prize) -> str:  # type: ignore[override]
        amount = format_prize(prize.amount_cents)
        if prize.up_to:
            amount = _("up to %(amount)s") % {"amount": amount}
        return listed([prize.label, amount])


MAJORITY = "majority"


class DecideForm(forms.Form):
    """The decision on the item on the table. Numbers left empty are counted by the system."""

    result = forms.ChoiceField(
        label=_("Result"),
        widget=forms.RadioSelect,
        choices=[
            (Item.Result.AWARDED, _("awarded")),
            (Item.Result.NOT_AWARDED, _("not awarded")),
            (MAJORITY, ""),                                             # names the ways of voting that the call has
            (Item.Result.DEFERRED, _("defer to later today")),
        ],
    )
    mode = forms.ChoiceField(label=_("Way of deciding"), widget=forms.RadioSelect)
    prize = PrizeField(Prize.objects.none(), label=_("Prize"), required=False, to_field_name="code", empty_label=_("please choose"))
    amount = EuroField(
        label=_("Amount in euro"),
        required=False,
        least=Decimal("0.01"),
        help_text=_("Only for a prize that goes up to an amount. Left empty, it is the amount applied for."),
    )
    yes = forms.IntegerField(label=_("Yes"), required=False, min_value=0, max_value=999)
    no = forms.IntegerField(label=_("No"), required=False, min_value=0, max_value=999)
    abstained = forms.IntegerField(label=_("Abstentions"), required=False, min_value=0, max_value=999)
    dissent = WrittenField(
        label=_("Dissent"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Who does not agree may have the reason recorded. It is printed in the minutes."),
    )

    offline = forms.BooleanField(
        label=_("Decided while the network was away"), required=False,
        help_text=_("It is entered afterwards; the minutes say so."),
    )
    urn_key = forms.CharField(
        label=_("Key of the urn"), required=False, max_length=200,
        help_text=_("Only where another browser began the secret ballot: its desk shows the key."),
    )

    def __init__(self, *args: Any, item: Item, has_urn: bool = False, has_voices: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.item = item
        prizes = item.group.prizes.all()
        self.fields["prize"].queryset = prizes  # type: ignore[attr-defined]
        self.fields["prize"].asked_for_by_button = True  # type: ignore[attr-defined]  # by the result: no award without it
        modes = [mode for mode in queries.rules_of(item.meeting.competition).modes if mode not in queries.GROUP_MODES]
        self.fields["mode"].choices = [(mode, Item.Mode(mode).label) for mode in modes]  # type: ignore[attr-defined]
        self.fields["mode"].initial = modes[0] if modes else None
        if not any(prize.up_to for prize in prizes):
            del self.fields["amount"]
        elif len(prizes) == 1 and (asked := queries.asked_cents(item, prizes[0])) is not None:
            self.fields["amount"].initial = Decimal(asked).scaleb(-2)
        if has_urn:
            self.fields["mode"].initial, self.fields["result"].initial = Item.Mode.SECRET, MAJORITY
        else:
            if has_voices and Item.Mode.OPEN in modes:
                self.fields["mode"].initial, self.fields["result"].initial = Item.Mode.OPEN, MAJORITY
            del self.fields["urn_key"]
        voted = [str(Item.Mode(mode).label) for mode in modes if mode in (Item.Mode.OPEN, Item.Mode.SECRET)]
        said = gettext("as the votes say (%(ways)s)") % {"ways": ", ".join(voted)}
        self.fields["result"].choices = [  # type: ignore[attr-defined]
            (code, said if code == MAJORITY else label) for code, label in self.fields["result"].choices  # type: ignore[attr-defined]
            if code != MAJORITY or voted]
        if len(prizes) == 1:
            self.fields["prize"].initial = prizes[0].code
            self.fields["prize"].empty_label = None  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("result") == MAJORITY and data.get("mode") in (Item.Mode.OPEN, Item.Mode.SECRET):
            data["result"] = ""
        elif data.get("result") == MAJORITY:
            self.add_error("result", _("Choose the result: awarded, not awarded or deferred."))
        if data.get("result") in (Item.Result.NOT_AWARDED, Item.Result.DEFERRED):
            data["prize"] = data["amount"] = None  # the prize was only pre-selected
        if data.get("result") == Item.Result.AWARDED and not data.get("prize") and "prize" not in self.errors:
            self.add_error("prize", _("An award names its prize. Choose the prize, or the result “not awarded”."))
        return data

    def facts(self) -> dict[str, Any]:
        """The keyword arguments of `services.decide`."""
        data = self.cleaned_data
        result = {key: data[key] for key in ("result", "mode", "prize", "yes", "no", "abstained", "dissent", "offline")}
        result["urn_key"] = data.get("urn_key", "")
        return result | {"amount_cents": euro_cents(data.get("amount"))}


def motion_field(help_text: Any) -> WrittenField:
    return WrittenField(label=_("Motion"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), help_text=help_text)


class Shown(forms.Form):
    """A question about what others can change meanwhile. It carries along unseen what its page showed; the service refuses another."""

    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)


class ReopenForm(Shown):
    motion = motion_field(_("Who wants the decision taken up again, and why. It is printed in the minutes."))


class TakeOffForm(forms.Form):
    motion = motion_field(_("Who wants the item taken off the agenda, and why. It is printed in the minutes."))


class TakeBackForm(forms.Form):
    why = WrittenField(
        label=_("Why is it taken back?"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example: the paper was somebody else’s. It stands in the log, which the office and the auditor read; the minutes"
                    " say that it was taken back, by whom and when."))


class RecordBiasForm(forms.Form):
    entry = forms.ModelChoiceField(Entry.objects.none(), label=_("Entry"), to_field_name="code")
    reason = WrittenField(
        label=_("Where does the bias lie?"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A few words, for example: his wife works for the applicant. The reason stays with the office."))

    def __init__(self, *args: Any, place: Competition, entries: QuerySet[Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["entry"].queryset = entries  # type: ignore[attr-defined]
        self.fields["entry"].label_from_instance = lambda entry: written_in(place, str(entry))  # type: ignore[attr-defined]


class LiftBiasForm(TakeBackForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].help_text = _(
            "For example: it was meant for somebody of the same name. It stands in the log, which the office and the auditor read.")


class AddItemForm(forms.Form):
    entry = forms.ModelChoiceField(Entry.objects.none(), label=_("Entry"), to_field_name="code")
    project = forms.ChoiceField(label=_("Project by itself"), required=False, choices=[("", _("no, the whole entry"))])
    group = forms.ModelChoiceField(
        AwardGroup.objects.none(),
        label=_("Group"),
        required=False,
        to_field_name="code",
        empty_label=_("the entry’s own group"),
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        callable_entries = queries.callable_entries(meeting).select_related("group")
        field = self.fields["entry"]
        field.queryset = callable_entries.order_by("group__position", "applicant", "code")  # type: ignore[attr-defined]
        field.label_from_instance = lambda entry: written_in(  # type: ignore[attr-defined]
            meeting.competition, f"{entry.code} · {entry.applicant or _('not listed')} · {entry.title}"[:120])
        projects = (
            Project.objects.filter(entry__in=callable_entries).select_related("entry").order_by("entry__code", "position")
        )
        self.fields["project"].choices = [  # type: ignore[attr-defined]
            ("", _("no, the whole entry")),
            *((f"{one.entry.code}/{one.position}", written_in(meeting.competition, f"{one.entry.code} · {one.title}"[:120]))
              for one in projects),
        ]
        self.fields["group"].queryset = meeting.competition.groups.all()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        code, _slash, position = data.get("project", "").partition("/")
        data["project"] = None
        if code and data.get("entry"):
            data["project"] = Project.objects.filter(entry=data["entry"], entry__code=code, position=position).first()
            if data["project"] is None:
                self.add_error("project", _("This project belongs to another entry."))
        return data


class OfPoll(forms.Form):
    """A form about one ballot on a group. It carries along unseen which one its page showed: see `views.finding._is_shown`."""

    ballot = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, poll: Poll | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ballot"].initial = poll.number if poll else None


class RankingForm(OfPoll):
    """One rank per entry; each rank once."""

    def __init__(self, *args: Any, items: list[Item], ranks: dict[int, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = items
        choices = [("", "–"), *((str(number), str(number)) for number in range(1, len(items) + 1))]
        for item in items:
            self.fields[f"item_{item.position}"] = forms.ChoiceField(
                label=written_in(item.meeting.competition, f"{item.entry.applicant}: {item.project or item.entry.title}"),
                choices=choices,
                initial=ranks.get(item.pk, ""),
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        given: dict[str, str] = {}
        for name in (f"item_{item.position}" for item in self.items):
            rank = data.get(name)
            if rank and rank in given:
                self.add_error(name, _("Rank %(rank)s is given twice. Each rank goes to one entry.") % {"rank": rank})
            elif rank:
                given[rank] = name
        return data

    def order(self) -> list[Item]:
        return sorted(self.items, key=lambda item: int(self.cleaned_data[f"item_{item.position}"]))


class ApprovalForm(OfPoll):
    """One box per entry; none marked is a ballot, too."""

    def __init__(self, *args: Any, items: list[Item], approved: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = items
        for item in items:
            self.fields[f"item_{item.position}"] = forms.BooleanField(
                label=written_in(item.meeting.competition, f"{item.entry.applicant}: {item.project or item.entry.title}"),
                required=False, initial=item.pk in approved)

    def approved(self) -> list[Item]:
        return [item for item in self.items if self.cleaned_data[f"item_{item.position}"]]


class PollForm(forms.Form):
    """How a ballot on a group is counted, and for what: all that is fixed when it is opened."""

    mode = forms.ChoiceField(label=_("Way of deciding"), widget=forms.RadioSelect)
    keep = forms.IntegerField(
        label=_("Shortlist: how many stay"), required=False, min_value=1, max_value=999,
        help_text=_("Left empty, the prizes are decided. With a number, so many stay for the next ballot and the others get no prize."),
    )
    seats = forms.IntegerField(
        label=_("Prizes: how many at most"), required=False, min_value=1, max_value=999,
        help_text=_("In a single transferable vote the places to fill. Left empty, as many as the prize money and the call allow."),
    )
    least = forms.IntegerField(
        label=_("Approvals that an entry needs"), required=False, min_value=1, max_value=999,
        help_text=_("Only for an approval vote: with fewer an entry gets no prize and stays on no shortlist. Left empty, one."),
    )
    prize = PrizeField(
        Prize.objects.none(), label=_("Prize"), required=False, to_field_name="code",
        empty_label=_("all of the group one after the other, as the call names them"),
    )

    def __init__(self, *args: Any, group: AwardGroup, items: int, modes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mode"].choices = [(mode, Item.Mode(mode).label) for mode in modes]  # type: ignore[attr-defined]
        self.fields["mode"].initial = modes[0]
        if Item.Mode.APPROVAL not in modes:
            del self.fields["least"]
        if items < 2:
            del self.fields["keep"]
        self.fields["prize"].queryset = group.prizes.all()  # type: ignore[attr-defined]
        if group.prizes.count() == 1:
            self.fields["prize"].empty_label = None  # type: ignore[attr-defined]
            self.fields["prize"].asked_for_by_button = True  # type: ignore[attr-defined]  # there is no other

    def facts(self) -> dict[str, Any]:
        """The keyword arguments of `services.open_poll`."""
        data = {name: self.cleaned_data.get(name) for name in ("mode", "keep", "seats", "least", "prize")}
        if data["keep"] and self.fields["prize"].empty_label is None:  # type: ignore[attr-defined]
            data["prize"] = None                                        # nobody chose it: there is no other
        return data


class GiveUpForm(forms.Form):
    motion = motion_field(_("Who wants it given up, and why. It is printed in the minutes."))


class VoteGiveUpForm(Shown, GiveUpForm):
    """The same of a vote on one item."""


class PollGiveUpForm(OfPoll, GiveUpForm):
    """The same of a ballot on a group."""


class RankingDecideForm(OfPoll):
    """What the jury still says when a ballot on a group is closed: how a tie is broken, and amounts that no entry names."""

    tie_order = forms.CharField(
        label=_("Order of tied items"),
        required=False,
        max_length=200,
        help_text=_("Only where a tie lies where the money or a prize ends: the numbers of the items, the best first, such as 4, 2."),
    )
    tie_reason = WrittenField(
        label=_("How the tie was broken"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, poll: Poll, items: list[Item], **kwargs: Any) -> None:
        super().__init__(*args, poll=poll, **kwargs)
        self.poll, self.items = poll, {item.position: item for item in items}
        if poll.keep:
            self.fields["tie_order"].help_text = _(
                "Only where a tie lies where the shortlist ends: the numbers of the items, the best first, such as 4, 2.")
        if not poll.keep and any(prize.up_to for prize in ([poll.prize] if poll.prize else poll.group.prizes.all())):
            for item in items:
                if not item.entry.amount_cents:
                    self.fields[f"amount_{item.position}"] = EuroField(
                        label=_("Amount in euro for item %(position)s") % {"position": item.position},
                        required=False,
                        least=Decimal("0.01"),
                        help_text=_("Its entry names none. Needed only if a prize that goes up to an amount falls to it."),
                    )

    def facts(self) -> dict[str, Any]:
        """The keyword arguments of `services.plan_ranking`."""
        data = self.cleaned_data
        amounts = {number: euro_cents(data.get(f"amount_{number}")) for number in self.items}
        return {"tie_order": data["tie_order"], "tie_reason": data["tie_reason"],
                "amounts": {number: cents for number, cents in amounts.items() if cents is not None}}

    def unseen(self, shown: str) -> "RankingDecideForm":
        """The same answers to be carried through the page that asks, with the fingerprint of what it shows."""
        form = RankingDecideForm(self.data.dict() | {"shown": shown}, poll=self.poll, items=list(self.items.values()))  # type: ignore[attr-defined]
        form.fields["shown"] = forms.CharField()
        for field in form.fields.values():
            field.widget = forms.HiddenInput()
        return form

    def clean_tie_order(self) -> list[Item]:
        numbers = [whole_number(word) for word in self.cleaned_data["tie_order"].replace(",", " ").split()]
        if any(number not in self.items for number in numbers):
            raise forms.ValidationError(_("Please enter numbers of items of this group, separated by commas."))
        return [self.items[number] for number in numbers]


class DeclarationForm(forms.Form):
    """For which entries of the agenda a member is biased, with a reason each."""

    confirm = forms.BooleanField(
        label=_("I have gone through the list. I am not biased for any entry that I have not marked."),
        error_messages={"required": _("Please confirm that you have gone through the whole list.")},
    )
    up_to = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)  # the newest item on the page that was sent

    def __init__(self, *args: Any, entries: list[Entry], up_to: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries = {entry.code: entry for entry in entries}
        self.fields["up_to"].initial = up_to
        for entry in entries:
            self.fields[f"biased_{entry.code}"] = forms.BooleanField(label=_("I am biased"), required=False)
            self.fields[f"reason_{entry.code}"] = WrittenField(label=_("Reason"), required=False, max_length=500)
        self.order_fields([name for name in self.fields if name != "confirm"] + ["confirm"])

    def rows(self) -> list[tuple[Entry, Any, Any]]:
        return [(entry, self[f"biased_{code}"], self[f"reason_{code}"]) for code, entry in self.entries.items()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for code in self.entries:
            biased, reason = data.get(f"biased_{code}"), (data.get(f"reason_{code}") or "").strip()
            if biased and not reason:
                self.add_error(
                    f"reason_{code}", _("Please say in a few words where the bias lies; the reason stays with the office.")
                )
            if reason and not biased:
                self.add_error(f"biased_{code}", _("You have given a reason: mark the entry too, or remove the reason."))
        return data

    def biased(self) -> list[tuple[Entry, str]]:
        data = self.cleaned_data
        return [(entry, data[f"reason_{code}"]) for code, entry in self.entries.items() if data[f"biased_{code}"]]


class NoteDeclarationForm(DeclarationForm):
    """The same for the office, which reads it from paper or has heard it in the meeting."""

    source = forms.ChoiceField(label=_("How the member declared"), widget=forms.RadioSelect, choices=DeclarationNote.Source.choices)
    said_on = DayField(label=_("Day on the paper"), required=False, help_text=_("Not needed for what was said in the meeting: that is today."))
    scan = forms.FileField(
        label=_("Scan of the paper"), required=False, help_text=_("PDF or picture. The member, the office and the auditor can read it."))

    def __init__(self, *args: Any, entries: list[Entry], up_to: int, is_open: bool, **kwargs: Any) -> None:
        super().__init__(*args, entries=entries, up_to=up_to, **kwargs)
        self.fields["confirm"].label = _("The declaration covers the whole list: for what is not marked here the member has declared no bias.")
        self.fields["confirm"].error_messages["required"] = _(
            "Please confirm that the declaration covers the whole list. If it does not, the member declares again.")
        for code in self.entries:
            self.fields[f"biased_{code}"].label = _("The member is biased")
        self.fields["said_on"].asked_for_by_button = True  # type: ignore[attr-defined]  # by the source: a paper has its day
        self.fields["source"].initial = DeclarationNote.Source.PAPER
        if not is_open:
            self.fields["source"].choices = DeclarationNote.Source.choices[:1]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("source") == DeclarationNote.Source.PAPER and not data.get("said_on") and "said_on" not in self.errors:
            self.add_error("said_on", _("Please enter the day that stands on the paper."))
        return data

    def facts(self) -> dict[str, Any]:
        """The keyword arguments of `services.note_declaration`."""
        return {name: self.cleaned_data[name] for name in ("source", "said_on", "scan", "up_to")}


SCENARIOS = ("a", "b", "c")


class SimulatorForm(forms.Form):
    """How often each prize, in three scenarios side by side; all of it in the address."""

    def __init__(self, *args: Any, prizes: list[Prize], starts: dict[str, dict[str, int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prizes, self.starts = prizes, starts
        for scenario in SCENARIOS:
            for prize in prizes:
                self.fields[f"{scenario}_{prize.code}"] = forms.IntegerField(
                    required=False,
                    min_value=0,
                    max_value=9999,
                    label=in_sentence("%(scenario)s: %(prize)s", scenario=scenario.upper(), prize=prize.label),
                    initial=starts[scenario].get(prize.code, 0),
                )
                self.fields[f"{scenario}_{prize.code}_euro"] = EuroField(
                    required=False,
                    label=in_sentence(_("%(scenario)s: %(prize)s, amount in euro"), scenario=scenario.upper(), prize=prize.label))

    def counts(self, scenario: str) -> dict[str, int]:
        """{code of the prize: how often}; what nobody entered starts as `starts` says."""
        data = getattr(self, "cleaned_data", {}) if self.is_bound else {}
        return {
            prize.code: (data.get(f"{scenario}_{prize.code}") or 0)
            if self.is_bound
            else self.starts[scenario].get(prize.code, 0)
            for prize in self.prizes
        }

    def amounts(self, scenario: str) -> dict[str, int]:
        """{code of the prize: cents} where another amount than the call's is tried."""
        data = getattr(self, "cleaned_data", {}) if self.is_bound else {}
        found = {prize.code: euro_cents(data.get(f"{scenario}_{prize.code}_euro")) for prize in self.prizes}
        return {code: cents for code, cents in found.items() if cents is not None}

    def rows(self) -> list[tuple[Prize, list[Any]]]:
        return [(prize, [(self[f"{scenario}_{prize.code}"], self[f"{scenario}_{prize.code}_euro"]) for scenario in SCENARIOS])
                for prize in self.prizes]

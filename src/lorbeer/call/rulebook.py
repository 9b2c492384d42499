"""The parts of a call that say how votes and decisions are taken, read from JSON into typed values."""

from dataclasses import dataclass, field

from lorbeer.shared.text import Localized, localized


@dataclass(frozen=True)
class VoteOption:
    """An overall vote a screener can give. `proposes`: "" (no), "group" or the code of a special group."""

    code: str
    label: Localized
    proposes: str = ""


@dataclass(frozen=True)
class ScreeningRules:
    """How entries are screened: `seats` people each, `scale` points per criterion (0 to scale)."""

    seats: int = 2
    scale: int = 4
    options: tuple[VoteOption, ...] = ()
    exclude_own_land: bool = True
    opinions: bool = True                                               # an expert opinion for each proposal
    fields: str = ""                                                    # the question whose choices are fields of expertise
    language: str = ""                                                  # the question that names the language of an entry
    expert: bool = False                                                # one of an entry's screeners at least knows a field of it

    @classmethod
    def from_json(cls, data: dict) -> "ScreeningRules":
        options = tuple(
            VoteOption(option["code"], localized(option["label"]), option.get("proposes", ""))
            for option in data.get("options", [])
        )
        plain = {key: data[key] for key in (
            "seats", "scale", "exclude_own_land", "opinions", "fields", "language", "expert") if key in data}
        return cls(**plain, options=options)


@dataclass(frozen=True)
class JuryRules:
    """How the jury decides. `modes`: allowed ways to vote; `quorum`: smallest share of the voting members."""

    modes: tuple[str, ...] = ("consensus", "open")                      # consensus, open, secret, ranking, approval, stv
    quorum: float = 0.5
    proposals_only: bool = False                                        # else any admitted entry can be called up
    exclude_own_land: bool = False                                      # a juror leaves the room for entries of their Land

    @classmethod
    def from_json(cls, data: dict) -> "JuryRules":
        plain = {key: data[key] for key in ("quorum", "proposals_only", "exclude_own_land") if key in data}
        return cls(**plain, modes=tuple(data.get("modes", cls.modes)))


PERSONAL_CLASSES = ("contact", "person", "sensitive")                   # that a questionnaire gives to its questions
RETENTION_CLASSES = (*PERSONAL_CLASSES, "not_awarded")                  # for which a call can name months


@dataclass(frozen=True)
class RetentionRules:
    """When personal data is erased: months after the announcement, per class of personal data."""

    months: dict[str, int] = field(default_factory=dict)                # {"contact": 60, "not_awarded": 24}
    proof_due_months: int = 12                                          # proof of use after the announcement
    earmarked_for: Localized = field(default_factory=Localized)         # what the prize money must be used for

    @classmethod
    def from_json(cls, data: dict) -> "RetentionRules":
        return cls(
            months={key: int(value) for key, value in data.get("months", {}).items()},
            proof_due_months=int(data.get("proof_due_months", 12)),
            earmarked_for=localized(data.get("earmarked_for", {})),
        )

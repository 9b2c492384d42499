from lorbeer.shared.startup import StageConfig


class Config(StageConfig):
    name = "lorbeer.jury"
    default = True

    def ready(self) -> None:
        super().ready()
        from lorbeer.call.in_use import bars_changes
        from lorbeer.entries.queries import opens_entries_to_jurors
        from lorbeer.entries.services import on_bias
        from lorbeer.formal_check.rules import bars_admission, bars_reopening
        from lorbeer.jury.queries import opened_to_juror
        from lorbeer.jury.rules import keeps_bias, keeps_grounds, keeps_roles, keeps_rules, keeps_verdicts, still_judges
        from lorbeer.jury.services.secret import give_up_for_bias
        from lorbeer.people.rules import bars_taking
        from lorbeer.screening.rules import bars_bias, bars_grounds

        bars_admission(still_judges)
        bars_reopening(keeps_verdicts)
        bars_taking(keeps_roles)
        bars_bias(keeps_bias)
        bars_grounds(keeps_grounds)
        bars_changes(keeps_rules)
        on_bias(give_up_for_bias)
        opens_entries_to_jurors(opened_to_juror)

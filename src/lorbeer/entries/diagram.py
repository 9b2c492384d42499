"""The life of an entry as a picture, drawn from the transition table: docs/architecture.md cannot lie about it."""

from collections import defaultdict

from lorbeer.entries.models import State
from lorbeer.entries.transitions import TRANSITIONS

START, END = "<!-- entries diagram: begin (lorbeer entries diagram --write) -->", "<!-- entries diagram: end -->"


def mermaid() -> str:
    """A Mermaid state diagram; transitions between the same two states share an arrow."""
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, (sources, target) in TRANSITIONS.items():
        for source in sources:
            arrows[source, target].append(name)
    order = {state: place for place, state in enumerate(State.values)}
    lines = ["stateDiagram-v2", f"    [*] --> {State.DRAFT.value}"]
    for (source, target), names in sorted(arrows.items(), key=lambda arrow: (order[arrow[0][0]], order[arrow[0][1]])):
        lines.append(f"    {State(source).value} --> {State(target).value}: {', '.join(names)}")
    leaving = {source for sources, _target in TRANSITIONS.values() for source in sources}
    lines += [f"    {state} --> [*]" for state in State.values if state not in leaving]
    return "\n".join(lines)


def section() -> str:
    """The marked section of docs/architecture.md."""
    return f"{START}\n\n```mermaid\n{mermaid()}\n```\n\n{END}"


def put_into(text: str) -> str:
    """`text` with its marked section renewed. Raises ValueError where it has none."""
    if START not in text or END not in text:
        raise ValueError("The document has no marked section for the diagram.")
    return text[: text.index(START)] + section() + text[text.index(END) + len(END):]

"""Neutral sample texts: they say that they are samples and nothing about the municipality whose entry they fill."""

SENTENCES = [
    "Dieser Mustertext steht anstelle der eingereichten Darstellung, die nicht veröffentlicht wurde.",
    "Er beschreibt kein wirkliches Vorhaben und ist von einem Programm zusammengestellt.",
    "Der Beitrag nennt die Ausgangslage, die Ziele und die Menschen, die mitmachen.",
    "Verwaltung, Vereine und Nachbarschaften arbeiten in einer festen Runde zusammen.",
    "Einmal im Jahr wird geprüft, was erreicht wurde und was sich ändern soll.",
    "Die Angebote finden dort statt, wo Menschen ohnehin zusammenkommen.",
    "Wer neu in den Ort kommt, wird von Ehrenamtlichen begleitet.",
    "Politik und Verwaltung haben das Vorgehen gemeinsam beschlossen.",
    "Die Erfahrungen lassen sich an andere Orte übertragen, wenn die Aufgaben klar verteilt sind.",
    "Die Finanzierung ist im Haushalt vorgesehen und wird durch Spenden ergänzt.",
    "Frauen und Männer, Junge und Alte sollen gleichermaßen erreicht werden.",
    "Aus einzelnen Treffen ist eine feste Einrichtung geworden.",
]
REASONS = [
    "Das Muster zeigt eine nachvollziehbare Begründung.", "Im Beitrag gut belegt (Mustervotum).",
    "Erkennbar, aber noch nicht ausgearbeitet (Mustervotum).", "Hier bleibt der Beitrag allgemein (Mustervotum).",
    "Klar beschrieben und mit Beispielen versehen (Mustervotum).",
]
VERDICTS = {
    True: "Mustervotum: Der Beitrag überzeugt insgesamt und eignet sich für eine Auszeichnung.",
    False: "Mustervotum: Der Beitrag ist achtbar, hebt sich aber nicht genügend ab.",
}


def paragraph(seed: int, sentences: int = 5) -> str:
    """Some of the sample sentences, always the same for one seed."""
    start = seed % len(SENTENCES)
    chosen = [SENTENCES[(start + step * 5) % len(SENTENCES)] for step in range(sentences - 1)]
    return " ".join([SENTENCES[0], *[one for one in chosen if one != SENTENCES[0]]])


def long_text(seed: int, paragraphs: int = 4) -> str:
    return "\n\n".join(paragraph(seed + number * 7, 6) for number in range(paragraphs))


def reason(seed: int) -> str:
    return REASONS[seed % len(REASONS)]

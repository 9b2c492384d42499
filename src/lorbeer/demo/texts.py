"""Neutral sample texts: they say that they are samples and nothing about the municipality whose entry they fill."""

import io

MARK = "Dieser Mustertext steht anstelle der eingereichten Darstellung; er beschreibt kein wirkliches Vorhaben."
SENTENCES = [
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
    "Eine Befragung zu Beginn hat gezeigt, welche Hilfen fehlten.",
    "Schulen und Betriebe öffnen ihre Räume und bringen ihre Kenntnisse ein.",
    "Zugewanderte gestalten das Programm von Anfang an mit.",
    "Die Ergebnisse werden jedes Jahr öffentlich vorgestellt.",
    "Für jede Aufgabe ist eine Stelle verantwortlich, die auch Vertretungen regelt.",
    "Ein kleiner Fonds bezahlt Ideen, die aus den Nachbarschaften kommen.",
    "Die Teilnahme ist kostenlos; Kinder werden währenddessen betreut.",
    "Was sich bewährt, wird verstetigt; was nicht gelingt, wird offen benannt.",
    "Regelmäßige Gespräche mit den Ehrenamtlichen beugen Überlastung vor.",
    "Die Maßnahmen sind Teil eines Konzepts, das der Rat beschlossen hat.",
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


def paragraph(seed: int, sentences: int = 5, *, marked: bool = True) -> str:
    """Some of the sample sentences, always the same for one seed; none comes twice."""
    step = (3, 7, 9, 11)[seed % 4]                                      # prime to the number of sentences
    chosen = [SENTENCES[(seed // 4 + number * step) % len(SENTENCES)] for number in range(sentences)]
    return " ".join([MARK, *chosen[1:]] if marked else chosen)


def long_text(seed: int, paragraphs: int = 4) -> str:
    """Several paragraphs without a sentence in common, as far as the sentences reach; the first says that it is a sample."""
    step = (3, 7, 9, 11)[seed % 4]
    order = [SENTENCES[(seed // 4 + number * step) % len(SENTENCES)] for number in range(len(SENTENCES))]
    size = max(2, len(order) // paragraphs)
    parts = [" ".join(order[number * size:(number + 1) * size]) for number in range(paragraphs)]
    return "\n\n".join([f"{MARK} {parts[0]}", *parts[1:]])


def formatted_text(seed: int) -> str:
    """The same with headings and a list, for questions that take them."""
    first, second, third, fourth = long_text(seed).split("\n\n")
    parts = "\n".join(f"- {sentence.strip().rstrip('.')}." for sentence in third.split(". ") if sentence.strip())
    return "\n\n".join(["# Ausgangslage", first, "# Vorhaben", second, "## Bausteine", parts, "# Wirkung", fourth])


def reason(seed: int) -> str:
    return REASONS[seed % len(REASONS)]


def sample_scan(reference: str) -> bytes:
    """What stands for the scan of an entry on paper or in a mail: a PDF of one page that says it is a sample."""
    import pikepdf

    lines = ["Muster", f"Dieses Blatt steht anstelle der Unterlagen zu {reference}.", "Es wurde nie eingereicht."]
    shown = b"BT 60 760 Td 20 TL /F1 12 Tf " + b" ".join(
        pikepdf.unparse_content_stream([([pikepdf.String(line)], pikepdf.Operator("Tj")), ([], pikepdf.Operator("T*"))])
        for line in lines) + b" ET"
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica,
                              Encoding=pikepdf.Name.WinAnsiEncoding)
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(595, 842))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = pdf.make_stream(shown)
        pdf.Root.Lang = pikepdf.String("de")
        pdf.save(out, deterministic_id=True)
    return out.getvalue()

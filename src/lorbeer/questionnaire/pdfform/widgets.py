"""From a laid-out page to a form: each placeholder link becomes the field that belongs there.

Typst has no fields yet. What it gives for a link is nearly all that a field needs: the place on the page, and a structure
element at the right spot of the reading order, which makes the tab order, too. No JavaScript, and nothing is sent anywhere.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from lorbeer.questionnaire.pdfform.fields import OFF, ON, Kind
from lorbeer.questionnaire.pdfform.fonts import Fonts
from lorbeer.questionnaire.pdfform.layout import Drawn

PLACEHOLDER = re.compile(r"https://field\.invalid/(\d+)(?:/(\d+))?")
MARK = "LorbeerForm"                                                    # of the document: survives where fields are flattened
SIZE, LEADING, INSET = 10, 13, 4                                        # points: type, lines, and from the frame to the text
INK = "0.11 0.12 0.12"
READ_ONLY, REQUIRED, MULTILINE, RADIO, COMBO = 1, 2, 1 << 12, 1 << 15, 1 << 17


def as_form(page: bytes, fields: list[Drawn], identity: str) -> bytes:
    """The laid-out PDF with its fields. `identity`: kept in the document's properties, too."""
    with pikepdf.open(io.BytesIO(page)) as pdf:
        fonts = Fonts(pdf)
        elements = _elements(pdf)
        found: dict[int, list[tuple[int, pikepdf.Object]]] = {}
        for sheet in pdf.pages:
            for note in sheet.get("/Annots", []):
                match = PLACEHOLDER.fullmatch(str(note.get("/A", {}).get("/URI", "")))
                if match:
                    elements[int(note.StructParent)].S = Name.Form
                    _clear(note)
                    note.P = sheet.obj
                    found.setdefault(int(match[1]), []).append((int(match[2] or 0), note))
        maker = _Maker(pdf, fonts)
        made = [maker.field(drawn, [note for _at, note in sorted(found[number], key=lambda pair: pair[0])])
                for number, drawn in enumerate(fields)]
        fonts.finish()
        pdf.Root.AcroForm = pdf.make_indirect(Dictionary(
            Fields=Array(made), NeedAppearances=False, DA=String(maker.appearance),
            DR=Dictionary(Font=Dictionary(Fira=fonts.typing)),
        ))
        pdf.docinfo[f"/{MARK}"] = String(identity)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


def _elements(pdf: pikepdf.Pdf) -> dict[int, Any]:
    """The structure element of each annotation, by its number in the parent tree."""
    def numbers(node: pikepdf.Object) -> Iterator[tuple[int, Any]]:
        pairs = list(node.get("/Nums", []))
        yield from ((int(key), value) for key, value in zip(pairs[::2], pairs[1::2], strict=True))
        for kid in node.get("/Kids", []):
            yield from numbers(kid)

    return dict(numbers(pdf.Root.StructTreeRoot.ParentTree))


def _clear(note: pikepdf.Object) -> None:
    note.Subtype = Name.Widget
    for key in ("/A", "/Contents", "/Border"):
        if key in note:
            del note[key]


class _Maker:
    """Makes the fields of one PDF."""

    appearance = f"/Fira {SIZE} Tf {INK} rg"

    def __init__(self, pdf: pikepdf.Pdf, fonts: Fonts) -> None:
        self.pdf, self.fonts = pdf, fonts
        self._shapes: dict[tuple[str, float, float], pikepdf.Object] = {}

    def field(self, drawn: Drawn, notes: list[pikepdf.Object]) -> pikepdf.Object:
        """The field with its frames on the page; what it is goes into the frame itself where there is only one."""
        kind, flags = drawn.field.kind, (READ_ONLY if drawn.readonly else 0) | (REQUIRED if drawn.required else 0)
        facts: dict[str, Any] = {"T": String(drawn.field.name), "TU": String(drawn.tip)}
        if kind == Kind.BUTTONS:
            group = self.pdf.make_indirect(Dictionary(
                FT=Name.Btn, Ff=flags | RADIO, Kids=Array(notes), V=Name(f"/{drawn.value or OFF}"), **facts))
            for note, (token, _choice), label in zip(notes, drawn.field.options, drawn.labels, strict=True):
                note.Parent = group
                note.TU = String(f"{drawn.tip}: {label}")
                self._press(note, token, drawn.value == token, "dot")
            return group
        (note,) = notes
        for key, value in facts.items():
            note[f"/{key}"] = value
        if kind == Kind.TICK:
            note.FT, note.Ff, note.V = Name.Btn, flags, Name(f"/{ON if drawn.value else OFF}")
            self._press(note, ON, bool(drawn.value), "tick")
            return note
        note.FT, note.DA = Name.Tx, String(self.appearance)
        text = drawn.value
        if kind == Kind.LIST:
            note.FT, flags = Name.Ch, flags | COMBO
            note.Opt = Array([Array([String(""), String(" ")]), *(
                Array([String(token), String(label)]) for (token, _choice), label in zip(drawn.field.options, drawn.labels, strict=True))])
            text = next((label for (token, _c), label in zip(drawn.field.options, drawn.labels, strict=True) if token == text), "")
        note.Ff = flags | (MULTILINE if kind == Kind.AREA else 0)
        if drawn.value:
            note.V = String(drawn.value)
        if drawn.most is not None:
            note.MaxLen = drawn.most
        note.AP = Dictionary(N=self._text(note, text, several=kind == Kind.AREA))
        return note

    # --- what is seen ---

    def _press(self, note: pikepdf.Object, token: str, pressed: bool, shape: str) -> None:
        note.AS = Name(f"/{token if pressed else OFF}")
        note.MK = Dictionary(CA=String("4" if shape == "tick" else "l"))
        note.AP = Dictionary(N=Dictionary({f"/{token}": self._shape(note, shape), f"/{OFF}": self._shape(note, "")}))

    def _shape(self, note: pikepdf.Object, shape: str) -> pikepdf.Object:
        """A tick, a dot or nothing, drawn as a path: no font of symbols is needed."""
        width, height = _size(note)
        key = (shape, width, height)
        if key not in self._shapes:
            drawn = ""
            if shape == "tick":
                points = [(0.2, 0.52), (0.42, 0.26), (0.82, 0.8)]
                drawn = f"q 1.5 w 1 J 1 j {INK} RG " + " ".join(
                    f"{x * width:.2f} {y * height:.2f} {'l' if at else 'm'}" for at, (x, y) in enumerate(points)) + " S Q"
            elif shape == "dot":
                x, y, r = width / 2, height / 2, min(width, height) * 0.27
                c = r * 0.5523
                drawn = (f"q {INK} rg {x + r:.2f} {y:.2f} m {x + r:.2f} {y + c:.2f} {x + c:.2f} {y + r:.2f} {x:.2f} {y + r:.2f} c "
                         f"{x - c:.2f} {y + r:.2f} {x - r:.2f} {y + c:.2f} {x - r:.2f} {y:.2f} c "
                         f"{x - r:.2f} {y - c:.2f} {x - c:.2f} {y - r:.2f} {x:.2f} {y - r:.2f} c "
                         f"{x + c:.2f} {y - r:.2f} {x + r:.2f} {y - c:.2f} {x + r:.2f} {y:.2f} c f Q")
            self._shapes[key] = self._drawing(width, height, drawn)
        return self._shapes[key]

    def _text(self, note: pikepdf.Object, text: str, *, several: bool) -> pikepdf.Object:
        width, height = _size(note)
        if not text:
            return self._drawing(width, height, "/Tx BMC EMC")
        lines = self._wrapped(text, width - 2 * INSET) if several else [" ".join(text.split())]
        top = height - INSET - SIZE if several else (height - SIZE) / 2 + SIZE * 0.18
        shown = " ".join(f"{self.fonts.encoded(line)} Tj 0 -{LEADING} Td" if line else f"0 -{LEADING} Td" for line in lines)
        return self._drawing(width, height, (
            f"/Tx BMC q 0 0 {width:.2f} {height:.2f} re W n BT /Shown {SIZE} Tf {INK} rg {INSET} {top:.2f} Td {shown} ET Q EMC"
        ), Dictionary(Font=Dictionary(Shown=self.fonts.shown)))

    def _wrapped(self, text: str, width: float) -> list[str]:
        """The lines of a text as they fit; a word that is too long stands alone and is cut off at the frame."""
        face, found = self.fonts.face, []
        space = face.measure(" ", SIZE)
        for paragraph in text.split("\n"):
            line, used = "", 0.0
            for word in paragraph.split(" "):
                wide = face.measure(word, SIZE)
                if line and used + space + wide > width:
                    found.append(line)
                    line, used = word, wide
                else:
                    line, used = (f"{line} {word}", used + space + wide) if line else (word, wide)
            found.append(line)
        return found

    def _drawing(self, width: float, height: float, content: str, resources: Dictionary | None = None) -> pikepdf.Object:
        made = self.pdf.make_stream(content.encode("ascii"))
        made.Type, made.Subtype, made.BBox = Name.XObject, Name.Form, Array([0, 0, round(width, 2), round(height, 2)])
        made.Resources = resources if resources is not None else Dictionary()
        return made


def _size(note: pikepdf.Object) -> tuple[float, float]:
    left, bottom, right, top = (float(one) for one in note.Rect)
    return right - left, top - bottom

"""The typeface of the fields: one of those that documents are set in, embedded whole, so that what is typed later has its letters."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import pikepdf
from pikepdf import Array, Dictionary, Name

from lorbeer.shared.typst_worker import TEMPLATES

FILE = TEMPLATES / "fonts" / "fira-sans" / "FiraSans-Regular.ttf"
NEEDED = (b"cmap", b"cvt ", b"fpgm", b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp", b"prep")
WIN_ANSI = range(32, 256)                                               # what a field's own font can hold
UNSEEN = "?"                                                            # stands for what the typeface has no letter for


@dataclass(frozen=True)
class Typeface:
    """A TrueType file: which glyph a character has and how wide it is."""

    data: bytes

    def _u16(self, at: int) -> int:
        return int.from_bytes(self.data[at:at + 2], "big")

    def _i16(self, at: int) -> int:
        return int.from_bytes(self.data[at:at + 2], "big", signed=True)

    def _u32(self, at: int) -> int:
        return int.from_bytes(self.data[at:at + 4], "big")

    @cached_property
    def tables(self) -> dict[bytes, tuple[int, int]]:
        return {self.data[at:at + 4]: (self._u32(at + 8), self._u32(at + 12))
                for at in range(12, 12 + 16 * self._u16(4), 16)}

    @cached_property
    def glyphs(self) -> dict[str, int]:
        """Character → glyph (cmap format 12, else 4)."""
        cmap = self.tables[b"cmap"][0]
        found: dict[str, int] = {}
        for record in range(self._u16(cmap + 2)):
            at = cmap + self._u32(cmap + 8 + 8 * record)
            if self._u16(at) == 12:
                for group in range(at + 16, at + 16 + 12 * self._u32(at + 12), 12):
                    first, last, glyph = self._u32(group), self._u32(group + 4), self._u32(group + 8)
                    found.update((chr(code), glyph + code - first) for code in range(first, last + 1))
            elif self._u16(at) == 4:
                size = self._u16(at + 6)                                # twice the number of segments
                for segment in range(0, size, 2):
                    last, first = self._u16(at + 14 + segment), self._u16(at + 16 + size + segment)
                    delta, offset_at = self._u16(at + 16 + 2 * size + segment), at + 16 + 3 * size + segment
                    offset = self._u16(offset_at)
                    for code in range(first, min(last, 0xFFFE) + 1):
                        glyph = self._u16(offset_at + offset + 2 * (code - first)) if offset else code
                        if glyph:
                            found.setdefault(chr(code), (glyph + delta) & 0xFFFF)
        return {character: glyph for character, glyph in found.items() if glyph}

    @cached_property
    def scale(self) -> float:
        """Thousandths of the type size per unit of the file."""
        return 1000 / self._u16(self.tables[b"head"][0] + 18)

    def glyph(self, character: str) -> int:
        return self.glyphs.get(character) or self.glyphs[UNSEEN]

    def width(self, glyph: int) -> float:
        """Of a glyph, in thousandths of the type size."""
        last = self._u16(self.tables[b"hhea"][0] + 34) - 1
        return self._u16(self.tables[b"hmtx"][0] + 4 * min(glyph, last)) * self.scale

    def measure(self, text: str, size: float) -> float:
        return sum(self.width(self.glyph(character)) for character in text) * size / 1000

    @cached_property
    def embedded(self) -> bytes:
        """The file with the tables that a PDF needs, and no others."""
        kept = [(tag, *self.tables[tag]) for tag in NEEDED if tag in self.tables]
        power = len(kept).bit_length() - 1
        head = b"\0\1\0\0" + b"".join(number.to_bytes(2, "big") for number in (
            len(kept), 16 << power, power, 16 * len(kept) - (16 << power)))
        place, body = 12 + 16 * len(kept), b""
        for tag, at, length in kept:
            content = self.data[at:at + length]
            content += b"\0" * (-length % 4)
            total = sum(int.from_bytes(content[i:i + 4], "big") for i in range(0, len(content), 4)) & 0xFFFFFFFF
            head += tag + total.to_bytes(4, "big") + (place + len(body)).to_bytes(4, "big") + length.to_bytes(4, "big")
            body += content
        return head + body


@lru_cache(maxsize=1)
def typeface() -> Typeface:
    return Typeface(FILE.read_bytes())


class Fonts:
    """The typeface in one PDF, twice: as a viewer types with it, and for letters of all kinds in what is filled in already."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.pdf, self.face = pdf, typeface()
        self.used: dict[int, str] = {}                                  # glyph → what it means
        face, head, hhea = self.face, self.face.tables[b"head"][0], self.face.tables[b"hhea"][0]
        box = [round(face._i16(head + at) * face.scale) for at in (36, 38, 40, 42)]
        program = pdf.make_stream(face.embedded)
        program.Length1 = len(face.embedded)
        self.descriptor = pdf.make_indirect(Dictionary(
            Type=Name.FontDescriptor, FontName=Name.FiraSans, Flags=32, FontBBox=Array(box), ItalicAngle=0, StemV=85,
            Ascent=round(face._i16(hhea + 4) * face.scale), Descent=round(face._i16(hhea + 6) * face.scale), CapHeight=689,
            FontFile2=program,
        ))
        letters = [bytes([code]).decode("cp1252", "replace") for code in WIN_ANSI]
        self.typing = pdf.make_indirect(Dictionary(
            Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name.FiraSans, Encoding=Name.WinAnsiEncoding, FirstChar=WIN_ANSI[0],
            LastChar=WIN_ANSI[-1], Widths=Array([round(face.width(face.glyph(one))) for one in letters]),
            FontDescriptor=self.descriptor,
        ))
        self.shown = pdf.make_indirect(Dictionary())                    # filled by `finish`, when all letters are known

    def encoded(self, text: str) -> str:
        """`text` for the font `shown`, as a hexadecimal string."""
        known = [character if character in self.face.glyphs else UNSEEN for character in text]
        found = [(self.face.glyph(character), character) for character in known]
        self.used.update(found)
        return f"<{''.join(f'{glyph:04X}' for glyph, _character in found)}>"

    def finish(self) -> None:
        """Say how wide the letters are that were used, and what they mean."""
        lines = [f"<{glyph:04X}> <{character.encode('utf-16-be').hex().upper()}>" for glyph, character in sorted(self.used.items())]
        parts = [lines[at:at + 100] for at in range(0, len(lines), 100)]
        mapping = "\n".join([
            "/CIDInit /ProcSet findresource begin", "12 dict begin", "begincmap", "/CMapName /Lorbeer def", "/CMapType 2 def",
            "1 begincodespacerange", "<0000> <FFFF>", "endcodespacerange",
            *("\n".join([f"{len(part)} beginbfchar", *part, "endbfchar"]) for part in parts),
            "endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end",
        ])
        widths = [item for glyph in sorted(self.used) for item in (glyph, Array([round(self.face.width(glyph))]))]
        descendant = Dictionary(
            Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name.FiraSans, CIDToGIDMap=Name.Identity,
            CIDSystemInfo=Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0), FontDescriptor=self.descriptor,
            DW=1000, W=Array(widths),
        )
        facts = Dictionary(
            Type=Name.Font, Subtype=Name.Type0, BaseFont=Name.FiraSans, Encoding=Name("/Identity-H"),
            DescendantFonts=Array([self.pdf.make_indirect(descendant)]), ToUnicode=self.pdf.make_stream(mapping.encode("ascii")),
        )
        for key, value in facts.items():
            self.shown[key] = value

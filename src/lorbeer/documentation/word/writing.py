"""Chapters as a Word document whose corrections can be read back.

A computed number lies in a content control that Word does not let anybody type in, and is shaded; tables, figures, portraits and
lists lie in controls that cannot be changed at all. `reading` knows them by the names of these controls; where a program saves the
document that knows no controls, numbers are found again by the words around them, and what is computed by its paragraph styles.
"""

import io
import zipfile
from base64 import b32encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from django.utils.translation import gettext as _

from lorbeer.documentation.book import ChapterText, compile_chapter
from lorbeer.documentation.dataset import Dataset
from lorbeer.documentation.directives import Press
from lorbeer.documentation.references import MARK
from lorbeer.documentation.web import EARLIEST, with_inlines
from lorbeer.documentation.word import parts
from lorbeer.documentation.word.manuscript import Manuscript, Run, Unit
from lorbeer.documentation.word.pictures import Picture, pictures_of
from lorbeer.shared.blocks import Block, Inline, plain_text, text_inlines

TAG = "lorbeer"
EMU = 360_000                                                           # of a centimetre
WIDTH, HIGHEST = 15.8, 20.0                                             # centimetres: of the text, of a picture
CALLED = '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr>'


@dataclass
class _Document:
    data: Dataset
    press: Press
    pictures: dict[str, Picture] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)                      # bodies of footnotes
    links: list[str] = field(default_factory=list)
    media: dict[str, bytes] = field(default_factory=dict)
    ordered: int = 0                                                    # lists of numbers begun
    controls: int = 0
    begun: int = 0                                                      # chapters

    def control(self, tag: str, alias: str, lock: str) -> str:
        self.controls += 1
        return (f'<w:sdtPr><w:alias w:val={_attribute(alias[:60])}/><w:tag w:val={_attribute(tag)}/><w:id w:val="{self.controls}"/>'
                f'<w:lock w:val="{lock}"/></w:sdtPr>')


def document(manuscripts: Sequence[Manuscript], data: Dataset, *, handout: str, title: str, guidance: str) -> bytes:
    """The chapters as .docx, in their order. `handout`: the code by which the document is known when it comes back."""
    press = Press(data)
    blocks = {(chapter, unit.number): _blocks(one, unit, data, press)
              for chapter, one in enumerate(manuscripts) for unit in one.units if unit.kind == "block"}
    made = _Document(data, press, pictures_of(press.files, [block for part in blocks.values() for block in part]))
    body = made.control(f"{TAG}:guidance", _("For editors"), "sdtContentLocked")
    body = f'<w:sdt>{body}<w:sdtContent>{_p("Guidance", _r(guidance))}</w:sdtContent></w:sdt>'
    for number, one in enumerate(manuscripts):
        body += _chapter(one, number, blocks, made)
    page = ('<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1418" w:right="1361" w:bottom="1418" w:left="1588" w:header="709" '
            'w:footer="709" w:gutter="0"/></w:sectPr>')
    links = "".join(
        f'<Relationship Id="link{number}" Type="{parts.RELATED}/hyperlink" Target={_attribute(url)} TargetMode="External"/>'
        for number, url in enumerate(made.links))
    media = "".join(f'<Relationship Id="{name.partition(".")[0]}" Type="{parts.RELATED}/image" Target="media/{name}"/>' for name in made.media)
    fixed = "".join(f'<Relationship Id="{kind}" Type="{parts.RELATED}/{kind}" Target="{name}"/>' for kind, name in parts.FIXED)
    related = f'{parts.PROLOG}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{fixed}{links}{media}</Relationships>'
    separators = "".join(
        f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:r><w:{mark}/></w:r></w:p></w:footnote>'
        for number, kind, mark in ((-1, "separator", "separator"), (0, "continuationSeparator", "continuationSeparator")))
    return _packed({
        "[Content_Types].xml": parts.CONTENT_TYPES, "_rels/.rels": parts.PACKAGE,
        "word/document.xml": f"{parts.PROLOG}<w:document {parts.SPACES}><w:body>{body}{page}</w:body></w:document>",
        "word/_rels/document.xml.rels": related, "word/styles.xml": parts.styles(data.language),
        "word/numbering.xml": parts.numbering(made.ordered), "word/settings.xml": parts.SETTINGS,
        "word/footnotes.xml": f'{parts.PROLOG}<w:footnotes {parts.SPACES}>{separators}{"".join(made.notes)}</w:footnotes>',
        "docProps/core.xml": _core(title, data.language), "docProps/custom.xml": _custom(handout),
    } | {f"word/media/{name}": content for name, content in made.media.items()})


def _packed(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content in files.items():
            raw = content.encode() if isinstance(content, str) else content
            package.writestr(zipfile.ZipInfo(name, EARLIEST), raw, zipfile.ZIP_STORED if name.endswith("jpg") else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _core(title: str, language: str) -> str:
    return (f'{parts.PROLOG}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{_said(title)}</dc:title><dc:language>{language}</dc:language></cp:coreProperties>')


def _custom(handout: str) -> str:
    return (
        f'{parts.PROLOG}<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
        'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"><property '
        f'fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="2" name="Lorbeer"><vt:lpwstr>{_said(handout)}</vt:lpwstr></property>'
        "</Properties>"
    )


# --- text -------------------------------------------------------------------------------------------------------------


def _said(text: str) -> str:
    """`text` for XML: what no XML may hold is left out."""
    return escape("".join(c for c in text if c in "\t\n" or (" " <= c <= "\ud7ff") or ("\ue000" <= c <= "\ufffd") or c >= "\U00010000"))


def _attribute(text: str) -> str:
    return quoteattr("".join(c for c in text if " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"))


def _p(style: str, content: str, more: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr>{content}</w:p>'


def _r(text: str, letters: str = "") -> str:
    letters = f"<w:rPr>{letters}</w:rPr>" if letters else ""
    pieces = []
    for number, line in enumerate(text.split("\n")):
        pieces.append("<w:br/>" if number else "")
        if line:
            pieces.append(f'<w:t xml:space="preserve">{_said(line)}</w:t>')
    return f'<w:r>{letters}{"".join(pieces)}</w:r>'


def _letters(run: Run) -> str:
    style = "Computed" if run.raw else "Code" if run.code else "Hyperlink" if run.url else ""
    return ((f'<w:rStyle w:val="{style}"/>' if style else "") + ("<w:b/>" if run.strong else "") + ("<w:i/>" if run.emph else ""))


def _note(made: _Document, content: str, name: str = "") -> str:
    """A footnote, and its call as a run."""
    number = len(made.notes) + 1
    named = f'<w:bookmarkStart w:id="{100_000 + number}" w:name="{name}"/><w:bookmarkEnd w:id="{100_000 + number}"/>' if name else ""
    made.notes.append(
        f'<w:footnote w:id="{number}"><w:p><w:pPr><w:pStyle w:val="FootnoteText"/></w:pPr>{named}{CALLED}<w:footnoteRef/></w:r>'
        f"{_r(' ')}{content}</w:p></w:footnote>")
    return f'{CALLED}<w:footnoteReference w:id="{number}"/></w:r>'


def note_name(chapter: int, label: str) -> str:
    """A bookmark may have letters and digits only: the label in base 32."""
    return f"_lbn{chapter}_{b32encode(label.encode()).decode().rstrip('=')}"


def _chapter(one: Manuscript, number: int, blocks: dict[tuple[int, int], list[Block]], made: _Document) -> str:
    units = one.units
    notes = {unit.label: unit for unit in units if unit.kind == "note"}
    cited: set[str] = set()
    body, before = "", ""
    made.begun += 1
    for unit in units:
        if unit.kind == "note":
            continue
        if unit.kind == "numbered" and before not in ("numbered", "continue", "item"):
            made.ordered += 1
        before = unit.kind
        if unit.kind == "block":
            content = "".join(_block(block, made) for block in blocks[number, unit.number]) or _p("ComputedText", "")
            control = made.control(f"{TAG}:{number}:block:{unit.number}", _("Computed by Lorbeer"), "sdtContentLocked")
            body += f"<w:sdt>{control}<w:sdtContent>{content}</w:sdtContent></w:sdt>"
            continue
        content = _runs(unit.runs, number, notes, cited, made)
        if unit.kind == "title":
            content = f'<w:bookmarkStart w:id="{number}" w:name="_lbc{number}"/>{content}<w:bookmarkEnd w:id="{number}"/>'
        style, more = _style(unit, made)
        body += _p(style, content, more)
    return body


def _style(unit: Unit, made: _Document) -> tuple[str, str]:
    depth = min(unit.level, parts.DEEPEST)
    match unit.kind:
        case "title":
            return "Heading1", "<w:pageBreakBefore/>" if made.begun > 1 else ""
        case "heading":
            return f"Heading{min(max(unit.level, 2), 6)}", ""
        case "item":
            return "ListBullet", f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{parts.BULLETS}"/></w:numPr>'
        case "numbered":
            listed = parts.ORDERED + made.ordered
            return "ListNumber", f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{listed}"/></w:numPr>'
        case "continue":
            return "ListContinue", f'<w:ind w:left="{360 * (depth + 1)}"/>'
        case "quote":
            return "Quote", ""
    return "Normal", ""


def _runs(runs: Sequence[Run], chapter: int, notes: dict[str, Unit], cited: set[str], made: _Document) -> str:
    result = ""
    for run in runs:
        if run.note:
            unit = notes.get(run.note)
            content = _runs(unit.runs, chapter, {}, cited, made) if unit else ""
            result += _note(made, content, note_name(chapter, run.note))
            continue
        content = _r(run.text, _letters(run))
        if run.raw:
            mark = MARK.fullmatch(run.raw)
            source = (mark["source"] or "").strip() if mark else ""
            alias = source or run.raw
            if source and source not in cited:
                cited.add(source)
                content += _note(made, _r(source))
            control = made.control(f"{TAG}:{chapter}:{run.mark}", alias, "contentLocked")
            content = f"<w:sdt>{control}<w:sdtContent>{content}</w:sdtContent></w:sdt>"
        if run.url:
            made.links.append(run.url)
            content = f'<w:hyperlink r:id="link{len(made.links) - 1}">{content}</w:hyperlink>'
        result += content
    return result


# --- what is computed ---------------------------------------------------------------------------------------------------


def _blocks(one: Manuscript, unit: Unit, data: Dataset, press: Press) -> list[Block]:
    """What the book prints for a block: tables, figures, portraits, lists."""
    source = "\n".join(one.text.split("\n")[unit.first:unit.last])
    compiled = compile_chapter(ChapterText(one.code, "", source), data, press)
    if compiled.faults:
        return [{"kind": "code", "text": source}]
    return compiled.blocks


def _inlines(children: list[Inline], letters: str = "") -> Iterator[str]:
    for child in children:
        match child["kind"]:
            case "break":
                yield "<w:r><w:br/></w:r>"
            case "strong" | "emph":
                yield from _inlines(child["children"], letters + ("<w:b/>" if child["kind"] == "strong" else "<w:i/>"))
            case "link":
                yield from _inlines(child["children"], letters)
            case "footnote":
                words = "; ".join(plain_text(block.get("children", [])) for block in child["blocks"])
                yield _r(f" ({words})", letters)
            case _:
                yield _r(child.get("text", ""), letters)


def _block(block: Block, made: _Document) -> str:
    match block["kind"]:
        case "heading":
            return _p(f"ComputedHeading{min(max(block['level'], 2), 6)}", "".join(_inlines(block["children"])))
        case "paragraph":
            return _p("ComputedText", "".join(_inlines(block["children"])))
        case "list":
            return "".join(_p("ComputedText", "".join(_inlines(inner.get("children", [])))) for item in block["items"] for inner in item)
        case "quote":
            return "".join(_block(inner, made) for inner in block["blocks"])
        case "code":
            return _p("ComputedText", _r(block["text"], '<w:rStyle w:val="Code"/>'))
        case "table":
            return _table(with_inlines(block))
        case "figure":
            return _picture(block["file"], block["alt"], made) + _p("ComputedCaption", "".join(_inlines(block["caption"])))
        case "portrait":
            return _portrait(block, made)
        case "participants":
            rows = [[text_inlines("\n".join(filter(None, (entry["name"], entry["address"])))),
                     text_inlines("\n".join([entry["title"], *(f"– {one['title']}" for one in entry["projects"])]))]
                    for entry in block["entries"]]
            head = [[text_inlines(_("Municipality and address")), text_inlines(_("Entry and projects"))]]
            return _table({"header": head, "rows": rows, "align": ["left", "left"], "widths": [5, 8]})
        case "index" | "sources":
            words = _("Here stands the index of places.") if block["kind"] == "index" else _("Here stand the sources.")
            return _p("ComputedText", _r(words))
        case "literature":
            return "".join(_p("ComputedText", _r(text)) for text in block["entries"])
    return ""


def _portrait(block: Block, made: _Document) -> str:
    result = _p("ComputedHeading3", _r(block["name"])) + _p("ComputedText", _r(block["title"], "<w:i/>"))
    if block["picture"]:
        result += _picture(block["picture"]["file"], block["picture"]["alt"], made, width=8)
        if words := " · ".join(filter(None, (block["picture"].get("caption", ""), block["picture"]["credit"]))):
            result += _p("ComputedCaption", _r(words))
    rows = [[text_inlines(label), value] for label, value in block["facts"]]
    result += _table({"header": [[text_inlines(_("Overview")), text_inlines(block["place"])]], "rows": rows, "align": ["left", "left"],
                      "widths": [1, 3]})
    for title, text in ((_("What it is about"), block["description"]), (_("Why the jury chose it"), block["reasons"])):
        result += _p("ComputedHeading4", _r(title)) + "".join(_block(inner, made) for inner in text)
    return result


def _picture(name: str, alt: str, made: _Document, width: float = WIDTH) -> str:
    picture = made.pictures.get(name)
    if picture is None:
        return _p("ComputedText", _r(alt))
    number = len(made.media) + 1
    made.media[f"picture{number}.{picture.ending}"] = picture.content
    wide = min(width, HIGHEST * picture.width / max(1, picture.height))
    size = f'cx="{int(wide * EMU)}" cy="{int(wide * EMU * picture.height / max(1, picture.width))}"'
    return _p(
        "ComputedText",
        (
            f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {size}/><wp:docPr id="{number}" '
            f'name="picture{number}" descr={_attribute(alt)}/><a:graphic>'
            '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr>'
            f'<pic:cNvPr id="{number}" name="picture{number}"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="picture{number}"/>'
            f'<a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm>'
            '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
        ),
        "<w:keepNext/>",
    )


def _table(block: dict[str, Any]) -> str:
    """A table with its header repeated on each page; cells over several rows and columns as they are."""
    rows = [(True, row) for row in block["header"]] + [(False, row) for row in block["rows"]]
    columns = sum(cell.get("colspan", 1) if isinstance(cell, dict) else 1 for cell in block["header"][0])
    widths = (list(block.get("widths") or []) + [1.0] * columns)[:columns]
    total = sum(widths)
    twips = [int(WIDTH * 567 * width / total) for width in widths]
    align = (list(block.get("align") or []) + ["left"] * columns)[:columns]
    strong = set(block.get("strong_rows") or [])
    body, going = "", {}                                                # column → rows that a cell still goes on
    for number, (is_head, row) in enumerate(rows):
        bold = is_head or number - len(block["header"]) in strong
        cells, column, left = "", 0, list(row)
        while column < columns:
            if going.get(column, 0) > 0:
                going[column] -= 1
                cells += _cell("", twips[column], more="<w:vMerge/>")
                column += 1
                continue
            cell = left.pop(0) if left else []
            children, across, down = (
                (cell["children"], cell.get("colspan", 1), cell.get("rowspan", 1)) if isinstance(cell, dict) else (cell, 1, 1)
            )
            if down > 1:
                going[column] = down - 1
            more = (f'<w:gridSpan w:val="{across}"/>' if across > 1 else "") + ('<w:vMerge w:val="restart"/>' if down > 1 else "")
            content = "".join(_inlines(children, "<w:b/>" if bold else ""))
            cells += _cell(content, sum(twips[column:column + across]), align[column] if not is_head or across == 1 else "center", more)
            column += across
        body += f'<w:tr><w:trPr><w:cantSplit/>{"<w:tblHeader/>" if is_head else ""}</w:trPr>{cells}</w:tr>'
    lines = "".join(f'<w:{side} w:val="single" w:sz="4" w:color="B9C2BE"/>' for side in ("top", "bottom", "insideH"))
    caption = _p("ComputedCaption", "".join(_inlines(block["caption"]))) if block.get("caption") else ""
    grid = "".join(f'<w:gridCol w:w="{one}"/>' for one in twips)
    note = f'{_p("ComputedCell", _r(block["note"]))}' if block.get("note") else ""
    return (
        f'{caption}<w:tbl><w:tblPr><w:tblW w:w="{sum(twips)}" w:type="dxa"/><w:tblBorders>{lines}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl>{note}" + _p("ComputedCell", "")
    )


def _cell(content: str, width: int, align: str = "left", more: str = "") -> str:
    return (f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{more}</w:tcPr>'
            + _p("ComputedCell", content, f'<w:jc w:val="{align}"/>' if align != "left" else "") + "</w:tc>")

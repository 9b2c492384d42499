"""The fixed parts of a Word document: styles, lists, what belongs to what. WordprocessingML as ECMA-376 describes it."""

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PROLOG = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SPACES = (f'xmlns:w="{W}" xmlns:r="{R}" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
          'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
          'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"')
TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

CONTENT_TYPES = f"""{PROLOG}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>\
<Default Extension="jpg" ContentType="image/jpeg"/>\
<Override PartName="/word/document.xml" ContentType="{TYPE}.document.main+xml"/>\
<Override PartName="/word/styles.xml" ContentType="{TYPE}.styles+xml"/>\
<Override PartName="/word/numbering.xml" ContentType="{TYPE}.numbering+xml"/>\
<Override PartName="/word/settings.xml" ContentType="{TYPE}.settings+xml"/>\
<Override PartName="/word/footnotes.xml" ContentType="{TYPE}.footnotes+xml"/>\
<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>\
<Override PartName="/docProps/custom.xml" ContentType="application/vnd.openxmlformats-officedocument.custom-properties+xml"/>\
</Types>"""

PACKAGE = f"""{PROLOG}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">\
<Relationship Id="rId1" Type="{RELATED}/officeDocument" Target="word/document.xml"/>\
<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" \
Target="docProps/core.xml"/>\
<Relationship Id="rId3" Type="{RELATED}/custom-properties" Target="docProps/custom.xml"/></Relationships>"""

FIXED = (("styles", "styles.xml"), ("numbering", "numbering.xml"), ("settings", "settings.xml"), ("footnotes", "footnotes.xml"))
ORDERED, BULLETS = 2, 1                                                 # numbers of the lists; ordered ones go on from there
DEEPEST = 8
COMPUTED = "lorbeer"                                                    # how the names of the styles of what is computed begin

SETTINGS = f"""{PROLOG}<w:settings {SPACES}><w:trackRevisions/><w:defaultTabStop w:val="709"/><w:autoHyphenation/>\
<w:footnotePr><w:footnote w:id="-1"/><w:footnote w:id="0"/></w:footnotePr></w:settings>"""


def styles(language: str) -> str:
    spoken = {"de": "de-DE", "en": "en-GB"}.get(language, language)
    heads = "".join(
        _paragraph(f"Heading{level}", f"heading {level}", f'<w:keepNext/><w:spacing w:before="{before}" w:after="{after}"/>'
                   f'<w:outlineLvl w:val="{level - 1}"/>', f'<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/><w:b/><w:color w:val="17513F"/>'
                   f'<w:sz w:val="{size}"/>')
        for level, size, before, after in ((1, 44, 0, 360), (2, 30, 360, 160), (3, 25, 280, 120), (4, 22, 240, 100), (5, 22, 200, 80),
                                           (6, 22, 200, 80)))
    lists = "".join(
        _paragraph(style, name, f'<w:numPr><w:numId w:val="{number}"/></w:numPr><w:contextualSpacing/>')
        for style, name, number in (("ListBullet", "List Bullet", BULLETS), ("ListNumber", "List Number", ORDERED)))
    return (
        f'{PROLOG}<w:styles {SPACES}><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Cambria" w:hAnsi="Cambria" w:cs="Cambria"/>'
        f'<w:sz w:val="22"/><w:lang w:val="{spoken}"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="140" w:line="288" '
        f'w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>'
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>'
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/></w:style>'
        f"{heads}{lists}"
        + _paragraph("ListContinue", "List Continue", '<w:ind w:left="360"/>')
        + _paragraph("Quote", "Quote", '<w:ind w:left="567" w:right="567"/>', "<w:i/>")
        + _paragraph("ComputedText", f"{COMPUTED} text")
        + "".join(_paragraph(f"ComputedHeading{level}", f"{COMPUTED} heading {level}", "<w:keepNext/>", f'<w:b/><w:sz w:val="{size}"/>')
                  for level, size in ((2, 30), (3, 25), (4, 22), (5, 22), (6, 22)))
        + _paragraph("ComputedCaption", f"{COMPUTED} caption", '<w:keepNext/><w:spacing w:before="160" w:after="80"/>',
                     '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/><w:b/><w:sz w:val="19"/>')
        + _paragraph("Guidance", f"{COMPUTED} guidance", '<w:pBdr><w:left w:val="single" w:sz="18" w:space="8" w:color="17513F"/></w:pBdr>',
                     '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/><w:sz w:val="19"/>')
        + _paragraph("ComputedCell", f"{COMPUTED} cell", '<w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/>',
                     '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/><w:sz w:val="18"/>')
        + _paragraph("FootnoteText", "footnote text", '<w:spacing w:after="40" w:line="240" w:lineRule="auto"/>', '<w:sz w:val="18"/>')
        + _character("FootnoteReference", "footnote reference", '<w:vertAlign w:val="superscript"/>')
        + _character("Code", "Code", '<w:rFonts w:ascii="Courier New" w:hAnsi="Courier New"/>')
        + _character("Hyperlink", "Hyperlink", '<w:color w:val="17513F"/><w:u w:val="single"/>')
        + _character("Computed", "Computed", '<w:shd w:val="clear" w:color="auto" w:fill="DCEBE4"/>')
        + "</w:styles>")


def _paragraph(code: str, name: str, layout: str = "", letters: str = "") -> str:
    letters = f"<w:rPr>{letters}</w:rPr>" if letters else ""
    return (f'<w:style w:type="paragraph" w:styleId="{code}"><w:name w:val="{name}"/><w:basedOn w:val="Normal"/>'
            f'<w:qFormat/><w:pPr>{layout}</w:pPr>{letters}</w:style>')


def _character(code: str, name: str, letters: str) -> str:
    return f'<w:style w:type="character" w:styleId="{code}"><w:name w:val="{name}"/><w:rPr>{letters}</w:rPr></w:style>'


def numbering(ordered: int) -> str:
    """Bullets, and one list of numbers for each of `ordered` lists, so that each begins with 1."""
    def levels(kind: str) -> str:
        return "".join(
            f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
            f'<w:lvlText w:val="{"–" if kind == "bullet" else f"%{depth + 1}."}"/><w:lvlJc w:val="left"/>'
            f'<w:pPr><w:ind w:left="{360 * (depth + 1)}" w:hanging="360"/></w:pPr></w:lvl>' for depth in range(DEEPEST + 1))

    numbers = range(ORDERED, ORDERED + ordered + 1)
    kinds = "".join(f'<w:abstractNum w:abstractNumId="{number}"><w:multiLevelType w:val="hybridMultilevel"/>{levels(kind)}</w:abstractNum>'
                    for number, kind in ((BULLETS, "bullet"), *((number, "decimal") for number in numbers)))
    lists = "".join(f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>' for number in (BULLETS, *numbers))
    return f"{PROLOG}<w:numbering {SPACES}>{kinds}{lists}</w:numbering>"

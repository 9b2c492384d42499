"""Pictures for a Word document: drawings as PNG, photographs smaller than in print."""

import io
from dataclasses import dataclass

from lorbeer.shared.blocks import Block
from lorbeer.shared.documents import render_pdf

DOTS_PER_INCH, PHOTO_WIDTH, QUALITY = 200, 1000, 80                     # of drawings; pixels and quality of photographs
POINTS_PER_INCH = 72


@dataclass(frozen=True)
class Picture:
    """`width` and `height` in pixels."""

    content: bytes
    ending: str
    width: int
    height: int


def pictures_of(files: dict[str, bytes], blocks: list[Block]) -> dict[str, Picture]:
    """The pictures of `blocks` by their names."""
    drawings = {block["file"]: block["alt"] for block in blocks if block["kind"] == "figure" and block["file"] in files}
    photos = [block["picture"]["file"] for block in blocks if block["kind"] == "portrait" and block.get("picture")]
    return {**_drawn({name: files[name] for name in drawings}, drawings), **{name: _photo(files[name]) for name in photos if name in files}}


def _drawn(files: dict[str, bytes], alts: dict[str, str]) -> dict[str, Picture]:
    """SVG as PNG: drawn by the house's own typesetter, each on a page of its size."""
    import pypdfium2

    if not files:
        return {}
    made = render_pdf("figures", {"title": "Figures", "figures": [{"file": name, "alt": alts[name]} for name in files]}, files)
    result = {}
    document = pypdfium2.PdfDocument(made)
    try:
        for number, name in enumerate(files):
            image = document[number].render(scale=DOTS_PER_INCH / POINTS_PER_INCH).to_pil().convert("RGB")
            out = io.BytesIO()
            image.quantize(64).save(out, "PNG", optimize=True)
            result[name] = Picture(out.getvalue(), "png", *image.size)
    finally:
        document.close()
    return result


def _photo(content: bytes) -> Picture:
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        image.draft("RGB", (2 * PHOTO_WIDTH, 2 * PHOTO_WIDTH))
        image.thumbnail((PHOTO_WIDTH, PHOTO_WIDTH))
        out = io.BytesIO()
        image.convert("RGB").save(out, "JPEG", quality=QUALITY)
        return Picture(out.getvalue(), "jpg", *image.size)

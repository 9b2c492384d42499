from lorbeer.website.models import Page
from lorbeer.website.services import create_page, show


def make_page(competition, code="theme", *, title="Thema", text="Text", language="de", published=True, by=None, **facts) -> Page:
    """A page as the office would have written it, published without being looked at."""
    page = create_page(competition, code=code, language=language, title=title, text=text, by=by, **facts)
    if published:
        show(page, page.newest)
    return page

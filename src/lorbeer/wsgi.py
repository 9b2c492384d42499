"""For web servers other than `lorbeer serve`: gunicorn, granian."""

import os

from django.core.wsgi import get_wsgi_application

from lorbeer.shared.catalogues import compile_catalogues

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lorbeer.settings")
compile_catalogues()
application = get_wsgi_application()

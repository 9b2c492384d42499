"""What leads to the book."""

from django.utils.translation import gettext_lazy as _

from lorbeer.shared.navigation import Item, register, where

register(Item(_("The book"), "documentation:chapter_list", roles={"editor", "office", "office_lead"}, stage="documentation",
              shown=where("has_book")))

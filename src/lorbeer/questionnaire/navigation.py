from django.utils.translation import gettext_lazy as _

from lorbeer.shared.navigation import Item, register

register(
    Item(_("Questionnaire"), "questionnaire:version_list", roles={"office", "office_lead"}, stage="questionnaire", position=1)
)

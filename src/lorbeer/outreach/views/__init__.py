"""Pages of the outreach: the distribution list, mailings in waves, letters of intent."""

from lorbeer.outreach.views.addresses import (
    address_edit,
    address_import,
    address_list,
    address_new,
    address_remove,
    address_stop,
    address_unsubscribe,
)
from lorbeer.outreach.views.intents import (
    funnel_show,
    intent_confirm,
    intent_done,
    intent_list,
    intent_new,
    intent_note,
    intent_show,
)
from lorbeer.outreach.views.register import register_show
from lorbeer.outreach.views.waves import (
    mail_again,
    mail_list,
    wave_delete,
    wave_edit,
    wave_list,
    wave_new,
    wave_send,
    wave_show,
    wave_test,
)

__all__ = [
    "address_edit",
    "address_import",
    "address_list",
    "address_new",
    "address_remove",
    "address_stop",
    "address_unsubscribe",
    "funnel_show",
    "intent_confirm",
    "intent_done",
    "intent_list",
    "intent_new",
    "intent_note",
    "intent_show",
    "mail_again",
    "mail_list",
    "register_show",
    "wave_delete",
    "wave_edit",
    "wave_list",
    "wave_new",
    "wave_send",
    "wave_show",
    "wave_test",
]

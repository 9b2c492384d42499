"""The index follows publications and releases in the same transaction."""

from lorbeer.catalogue import services
from lorbeer.editions import hooks

hooks.on_publish(services.build_index)
hooks.on_change(services.index_entry)

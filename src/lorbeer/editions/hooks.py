"""What later stages do when an edition is published or a release changes: they say so here, editions knows none of them."""


from lorbeer.editions.models import Edition
from lorbeer.entries.models import Entry
from lorbeer.shared.registry import Registry

# In the transaction that publishes an edition.
on_publish = Registry[[Edition], object]()
# In the transaction that releases or revokes parts of an entry.
on_change = Registry[[Entry], object]()

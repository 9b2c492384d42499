"""Who downloads the files of a report on prize money."""

from lorbeer.follow_up.rules import can_read_proof_file
from lorbeer.shared import files

files.allow("proof:", can_read_proof_file)

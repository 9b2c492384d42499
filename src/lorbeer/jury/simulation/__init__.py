"""A whole invented round, played through the services with chance from a seed, and watched at every step."""

from lorbeer.jury.simulation.play import Figures, Play
from lorbeer.jury.simulation.watch import Broken

__all__ = ["Broken", "Figures", "Play"]

"""DuckDB: reads and writes the files in which an edition keeps its answers."""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def connect() -> "duckdb.DuckDBPyConnection":
    """A connection for use in `with`. All share one engine in memory: make TEMP tables and views only, which nobody else sees."""
    return _engine().cursor()


@lru_cache(maxsize=1)
def _engine() -> "duckdb.DuckDBPyConnection":
    """Started once per process: that costs twenty times what is asked of it. It keeps nothing of the files that it reads."""
    try:
        # The engine alone: the package around it adds data frames, which nobody here asks for, and takes three times as long to load.
        import _duckdb as engine
    except ImportError:                                                 # a release that names it otherwise
        import duckdb as engine  # type: ignore[no-redef]

    return engine.connect(config={"enable_external_file_cache": "false"})

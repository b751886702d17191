"""What survives a search: its record in memory, and the journal on the disk."""

from ._calls import Header, Record, Told
from ._codec import versions
from ._fingerprint import different, fingerprint
from ._folder import open_journal
from ._journal import Journal
from ._read import layout_of, read_journal
from ._recorded import KeptHistory, RecordedHistory, RecordedScheduler
from ._replay import Replay

__all__ = [
    "Header",
    "Journal",
    "KeptHistory",
    "Record",
    "RecordedHistory",
    "RecordedScheduler",
    "Replay",
    "Told",
    "different",
    "fingerprint",
    "layout_of",
    "open_journal",
    "read_journal",
    "versions",
]

"""Errors and warnings of skhpo.

Errors in what the user passed are scikit-learn's own types (`ValueError`, `TypeError`), so that
code written for `GridSearchCV` catches them. The classes here name what is particular to a search:

- ``SearchWarning(UserWarning)``: something about the search that the user should know.

  - ``ExhaustedWarning``: the space ended before the budget.
  - ``StoppedWarning``: a limit or a rule cut jobs short.
  - ``SynchronousWarning``: the backend cannot be driven asynchronously.
  - ``JournalWarning``: a journal is not what was expected.

- ``JournalError(ValueError)``: a journal cannot be used.
"""

__all__ = [
    "ExhaustedWarning",
    "JournalError",
    "JournalWarning",
    "SearchWarning",
    "StoppedWarning",
    "SynchronousWarning",
]


class SearchWarning(UserWarning):
    """Something about the search that the user should know."""


class ExhaustedWarning(SearchWarning):
    """The space has no configuration left, so the search ended before its budget was spent."""


class StoppedWarning(SearchWarning):
    """A time limit or a stopping rule cut jobs short."""


class SynchronousWarning(SearchWarning):
    """The joblib backend cannot be driven asynchronously; trials run in batches."""


class JournalWarning(SearchWarning):
    """A journal was not found, was written elsewhere, or cannot be written."""


class JournalError(ValueError):
    """A journal is damaged, in use, or does not belong to the search."""

"""Texts of the parameters that let a search go on where it ended."""

JOURNAL_PARAMETERS = """
warm_start : bool
    Whether `fit` goes on from ``history_``, where it belongs to the same search: after an
    interrupt, or with a larger `n_iter` where every trial has all of the resource. Otherwise it
    starts afresh and warns what differs. A clone has no history.
journal : str, path or None
    Folder in which the search writes down what it does, one file for each search. When the process
    dies, `fit` again with the same arguments goes on where it ended, and makes the same trials.
    Needs an integer `random_state` and a `cv` that makes the same splits again. See
    `skhpo.read_journal`.
"""

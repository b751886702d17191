"""Journals that were changed are resumed correctly or refused with a message."""

import json
import random
import warnings
from copy import deepcopy

import pytest

from skhpo import SearchCV, read_journal
from skhpo._journal._lines import sealed
from skhpo.samplers import EvolutionSampler

from .cheap import SPACE, Cheap, X, journal_in, same_trials, y

KINDS = [("x", 1), "y", float("inf")]  # one that JSON holds, two that it does not
SCHEDULERS = ["full", "asha"]
ODD = [None, True, -1, 0, 1, 2, 1.5, 1e308, 10**30, "", "nan", "x", [], [0], {}, {"at": [0, 9]}]
ODD += [{"numpy": "O", "item": 1}, {"float": "1"}, {"at": [-1, 0]}, [[]], "__import__('os')"]


def search(scheduler, folder=None):
    return SearchCV(
        Cheap(),
        {**SPACE, "kind": KINDS},
        sampler=EvolutionSampler("1+1"),
        scheduler=scheduler,
        n_iter=4,
        cv=2,
        random_state=0,
        journal=folder,
        refit=False,
        error_score="raise",
    )


@pytest.fixture(scope="module", params=SCHEDULERS)
def case(request, tmp_path_factory):
    """A scheduler, its search without journal, the journal's path and its bytes."""
    folder = tmp_path_factory.mktemp("journal")
    whole = search(request.param).fit(X, y)
    assert same_trials(search(request.param, folder).fit(X, y), whole)
    path = journal_in(folder)
    return request.param, whole, path, path.read_bytes()


def raw(rng, data):
    """Change bytes or lines."""
    lines = data.splitlines(keepends=True)
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    at, size = rng.randrange(len(data)), rng.randrange(1, 40)
    noise = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 5)))
    line = lines[i]
    lines[i], lines[j] = lines[j], lines[i]
    return rng.choice(
        [
            data[:at],
            data[:at] + noise + data[at:],
            data[:at] + noise + data[at + len(noise) :],
            data[:at] + data[at + size :],
            data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :],
            data + data[at:],
            data + noise,
            data + noise + b"\n",
            b"".join(lines),
            b"".join([*lines[:i], line, *lines[i:]]),
            data.replace(b"\n", b"\r\n"),
            data.replace(line, b""),
            b"[" * 100_000 + b"\n" + data,
        ]
    )


def places(value, path=()):
    """Where anything stands in a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def forged(rng, data):
    """Change what lines say, with all checksums made right again."""
    lines = [json.loads(line) for line in data.splitlines()]
    for line in lines:
        del line["sum"]
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        spots = [(line, place) for line in lines for place in places(line) if place]
        inside, (*path, last) = rng.choice(spots)
        for step in path:
            inside = inside[step]
        if rng.random() < 0.2:
            del inside[last]
        elif rng.random() < 0.2:
            inside[last] = deepcopy(rng.choice(list(lines[rng.randrange(len(lines))].values())))
        else:
            inside[last] = deepcopy(rng.choice(ODD))
    if rng.random() < 0.2:
        i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[i], lines[j] = lines[j], lines[i]
    if rng.random() < 0.5:
        lines = lines[: rng.randrange(1, len(lines) + 1)]
    check, out = "", []
    for line in lines:
        sealing, check = sealed(line, check)
        out.append(sealing)
    return b"".join(out)


def outcome(scheduler, path, data):
    """The resumed search, or the message with which it was refused."""
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return search(scheduler, path.parent).fit(X, y)
        except ValueError as error:
            assert "journal" in str(error) or "record" in str(error) or "n_iter" in str(error), (
                error
            )
            return str(error)


def is_read(path, data):
    """Whether the journal can be read from outside; anything but a message is an error."""
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's, of scores that make no sense
        try:
            history = read_journal(path)
            assert len(history.cv_results["params"]) == len(history.trials["trial"])
            return True
        except ValueError as error:
            assert "journal" in str(error)
            return False


def fuzz(case, n, seed):
    scheduler, whole, path, data = case
    rng = random.Random(seed)
    counts = {"resumed": 0, "refused": 0}
    for _ in range(n):
        for change, same in ((raw, True), (forged, False)):
            changed = change(rng, data)
            try:
                found = outcome(scheduler, path, changed)
                is_read(path, changed)
                if same:
                    assert isinstance(found, str) or same_trials(found, whole)
                elif not isinstance(found, str):
                    assert found.n_trials_ <= 4
            except BaseException as error:
                error.add_note(f"The journal was {changed!r}")
                raise
            counts["refused" if isinstance(found, str) else "resumed"] += 1
    return counts


def test_changed_journals(case):
    counts = fuzz(case, 60, seed=0)
    assert min(counts.values()) > 10, counts


@pytest.mark.slow
def test_ten_thousand_changed_journals(case):
    counts = fuzz(case, 2500, seed=1)
    print(counts)
    assert sum(counts.values()) == 5000

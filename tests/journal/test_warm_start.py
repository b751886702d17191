"""`warm_start=True` goes on from `history_` on the same object."""

import pytest
from sklearn.base import clone

from skhpo import SearchCV, TPESearchCV, read_journal
from skhpo.exceptions import JournalWarning

from .cheap import SPACE, Cheap, X, fits, journal_in, same_trials, y


class Interrupted(Cheap):
    """Ctrl-C at a fit, once."""

    armed = []

    def fit(self, X, y):
        if self.armed and len(fits) == self.armed[0]:
            self.armed.clear()
            raise KeyboardInterrupt
        return super().fit(X, y)


def search(estimator=None, **arguments):
    arguments = {"n_iter": 8, "cv": 2, "random_state": 0, "warm_start": True, **arguments}
    return TPESearchCV(estimator or Cheap(), SPACE, **arguments)


@pytest.mark.parametrize("seed", [0, None])
def test_goes_on_after_an_interrupt(seed):
    fits.clear()
    Interrupted.armed[:] = [7]
    found = search(Interrupted(), random_state=seed)
    with pytest.raises(KeyboardInterrupt):
        found.fit(X, y)
    assert found.history_.trials["status"].tolist() == ["complete"] * 3 + ["cancelled"]
    tried = found.cv_results_["params"]
    fits.clear()
    found.fit(X, y)
    assert len(fits) == 2 * 5 + 1
    assert found.n_trials_ == 8
    assert found.cv_results_["params"][:4] == tried
    if seed is not None:
        assert same_trials(found, search(warm_start=False).fit(X, y))


def test_goes_on_with_more_trials():
    found = search(n_iter=5).fit(X, y)
    first = found.cv_results_["params"]
    fits.clear()
    found.set_params(n_iter=9).fit(X, y)
    assert len(fits) == 2 * 4 + 1
    assert found.cv_results_["params"][:5] == first
    with pytest.raises(ValueError, match="may be raised, not lowered"):
        found.set_params(n_iter=5).fit(X, y)


def test_may_be_switched_on_after_the_first_fit():
    found = search(warm_start=False, n_iter=5).fit(X, y)
    fits.clear()
    found.set_params(warm_start=True, n_iter=6).fit(X, y)
    assert len(fits) == 2 + 1


def test_starts_afresh_where_something_differs():
    found = search(n_iter=5).fit(X, y)
    fits.clear()
    with pytest.warns(JournalWarning, match=r"in: X\."):
        found.fit(X + 1, y)
    assert len(fits) == 2 * 5 + 1
    with pytest.warns(JournalWarning, match=r"in: estimator\."):
        found.set_params(estimator__size=3).fit(X + 1, y)


def test_without_it_every_fit_starts_afresh():
    found = search(warm_start=False, n_iter=5).fit(X, y)
    fits.clear()
    found.fit(X, y)
    assert len(fits) == 2 * 5 + 1


def test_a_clone_has_no_history():
    found = search(n_iter=5).fit(X, y)
    fits.clear()
    clone(found).fit(X, y)
    assert len(fits) == 2 * 5 + 1


def test_a_new_journal_takes_over_what_history_has(tmp_path):
    found = search(n_iter=5).fit(X, y)
    fits.clear()
    found.set_params(journal=tmp_path, n_iter=7).fit(X, y)
    assert len(fits) == 2 * 2 + 1
    history = read_journal(tmp_path)
    assert history.cv_results["params"] == found.cv_results_["params"]
    fits.clear()
    again = search(journal=tmp_path, n_iter=7, warm_start=False).fit(X, y)
    assert len(fits) == 1
    assert same_trials(again, found)
    assert journal_in(tmp_path).exists()


def test_values_and_trials_under_way_survive():
    kinds = [("x", 1), Cheap(), "y"]
    found = SearchCV(
        Interrupted(), {"kind": kinds, "a": SPACE["a"]}, n_iter=9, cv=2, random_state=3,
        max_concurrent_trials=3, warm_start=True, refit=False,
    )  # fmt: skip
    fits.clear()
    Interrupted.armed[:] = [9]
    with pytest.raises(KeyboardInterrupt):
        found.fit(X, y)
    found.fit(X, y)
    whole = clone(found).fit(X, y)
    assert same_trials(found, whole)
    assert all(params["kind"] in kinds for params in found.cv_results_["params"])

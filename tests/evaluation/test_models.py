"""Where models wait between two jobs of their trial."""

import os

import numpy as np

from skhpo.evaluation import Models


def model(fill):
    return {"weights": np.full(1000, fill)}  # 8000 bytes


def test_models_past_the_bound_go_to_files_and_come_back():
    models = Models(max_bytes=20_000)
    for trial in range(5):
        models.put(trial, 0, model(trial))
    assert (len(models), models.n_away) == (5, 3)
    folder = models._folder.name
    assert len(os.listdir(folder)) == 3
    assert models.take(0, 0)["weights"][0] == 0  # from its file, which is then gone
    assert models.take(4, 0)["weights"][0] == 4
    assert models.take(4, 0) is None
    assert len(os.listdir(folder)) == 2
    models.drop(1)
    assert len(os.listdir(folder)) == 1
    models.close()
    assert not os.path.exists(folder)
    assert len(models) == 0


def test_what_fits_stays_as_it_is():
    models, kept = Models(), model(1)
    models.put(0, 1, kept)
    assert models.n_away == 0
    assert models.take(0, 1) is kept
    models.close()


def test_the_bound_is_for_what_is_there():
    models = Models(max_bytes=20_000)
    for trial in range(10):
        models.put(trial, 0, model(trial))
        models.take(trial, 0)
    assert models._folder is None


def test_models_of_trials_that_are_over_are_dropped():
    over = [[], [0, 1], []]
    models = Models(over=lambda: over.pop(0))
    models.put(0, 0, model(0))
    models.put(2, 0, model(2))
    models.put(3, 0, model(2))
    assert len(models) == 2
    assert models.take(0, 0) is None


def test_what_cannot_be_pickled_is_not_kept():
    models = Models()
    models.put(0, 0, lambda: None)
    assert len(models) == 0

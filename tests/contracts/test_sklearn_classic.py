"""scikit-learn's tests of its two search classes, all of them, on ours."""

import sys

import pytest

import skhpo

from . import suite

pytestmark = pytest.mark.filterwarnings("default")  # its tests warn as they please

module = suite.load(
    suite.MODULE,
    GridSearchCV=skhpo.GridSearchCV,
    RandomizedSearchCV=skhpo.RandomizedSearchCV,
)
globals().update(suite.tests_of(module))


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    """Pickle looks a class up by the name of its module."""
    monkeypatch.setitem(sys.modules, suite.MODULE, module)


def test_the_classes_were_replaced():
    assert module.GridSearchCV is skhpo.GridSearchCV
    assert module.RandomizedSearchCV is skhpo.RandomizedSearchCV

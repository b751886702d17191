"""The docstrings that `documented` assembles."""

import inspect

import numpy as np
import pytest
from numpydoc.docscrape import ClassDoc, NumpyDocString

import skhpo.search
from skhpo.search._docs import SHARED_ATTRIBUTES, SHARED_PARAMETERS, _entries, documented

CLASSES = [getattr(skhpo.search, name) for name in skhpo.search.__all__]


class Plain:
    def __init__(self, estimator, *, gain, n_iter=50, cv=None, error_score=np.nan, mode="fast"):
        pass


TEXT = """Search somehow.

    It looks around.

    Parameters
    ----------
    mode : {"fast", "slow"}
        How to look.
    gain : float
        How far to look,
        in metres.

    Attributes
    ----------
    found_ : int
        What was found.

    Examples
    --------
    >>> 1 + 1
    2

    See Also
    --------
    Other : Another one.
    """


def make(doc, **members):
    return type("Made", (Plain,), {"__doc__": doc, **members})


def test_is_a_full_page_in_the_order_of_the_signature():
    cls = make(TEXT)
    assert documented(cls) is cls
    page = NumpyDocString(cls.__doc__)
    assert page["Summary"] == ["Search somehow."]
    assert page["Extended Summary"] == ["It looks around."]
    assert [(p.name, p.type) for p in page["Parameters"]] == [
        ("estimator", "estimator object"),
        ("gain", "float"),
        ("n_iter", "int or None, default=50"),
        ("cv", "int, cross-validation generator, iterable or None, default=None"),
        ("error_score", '"raise" or float, default=np.nan'),
        ("mode", '{"fast", "slow"}, default="fast"'),
    ]
    assert page["Parameters"][1].desc == ["How far to look,", "in metres."]
    names = [p.name for p in page["Attributes"]]
    assert names == [*_entries(SHARED_ATTRIBUTES), "found_"]
    titles = ["Parameters", "Attributes", "See Also", "Examples"]
    places = [cls.__doc__.index(f"\n{title}\n---") for title in titles]
    assert places == sorted(places)


def test_own_text_stands_over_the_shared_one():
    page = TEXT.replace("mode :", "n_iter : int\n        Mine.\n    mode :")
    cls = documented(make(page))
    entry = next(p for p in NumpyDocString(cls.__doc__)["Parameters"] if p.name == "n_iter")
    assert entry.type == "int, default=50"
    assert entry.desc == ["Mine."]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("gain :", "pain :", r"documents \['pain'\]"),
        ("gain : float\n        How far to look,\n        in metres.\n", "", r"\['gain'\]"),
        ("gain : float", "gain : float, default=1.0", "default of 'gain'"),
        ("Examples\n    --------", "Example\n    -------", r"\['Example'\]"),
    ],
)
def test_refuses_what_does_not_fit_the_signature(old, new, message):
    assert old in TEXT
    with pytest.raises(TypeError, match=message):
        documented(make(TEXT.replace(old, new)))


def test_leaves_a_stripped_docstring_alone():
    assert documented(make(None)).__doc__ is None


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_search_class_is_documented(cls):
    page = ClassDoc(cls)
    signature = inspect.signature(cls).parameters
    assert [p.name for p in page["Parameters"]] == list(signature)
    for entry in page["Parameters"]:
        default = signature[entry.name].default
        assert ("default=" in entry.type) == (default is not inspect.Parameter.empty)
    assert {p.name for p in page["Attributes"]} >= set(_entries(SHARED_ATTRIBUTES))


def test_every_shared_text_is_used():
    used = {name for cls in CLASSES for name in inspect.signature(cls).parameters}
    assert set(_entries(SHARED_PARAMETERS)) <= used

"""Values of parameters as JSON, those that JSON cannot hold by their place in the space."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._typing import Params
from ..space import Categorical, Ordinal, When

MAX_TEXT = 200  # characters that are kept of what a value looks like
PLAIN = (type(None), bool, int, str)
KINDS = "biufU"  # of numpy's scalars that a plain one holds exactly
WIDEST = 8  # bytes of those numbers


@dataclass(frozen=True, slots=True)
class StoredValue:
    """Stands for a value of which a journal holds the place in the space only.

    Attributes
    ----------
    branch, position : int
        Which dict of the space, and which of the values there.
    text : str
        What the value looked like.
    """

    branch: int
    position: int
    text: str

    def __repr__(self) -> str:
        return self.text


class Values:
    """Turns parameters into JSON and back.

    Parameters
    ----------
    declared : sequence of dict
        The space as it was declared.
    """

    def __init__(self, declared: Sequence[Mapping[str, Any]]) -> None:
        self._lists = [
            {name: _elements(form) for name, form in branch.items()} for branch in declared
        ]
        self._names = frozenset(name for branch in declared for name in branch)
        self._places: dict[str, list[tuple[Any, int, int]]] = {}

    def texts(self) -> dict[str, list[list[str]]]:
        """What the values that JSON cannot hold look like, by parameter and branch."""
        names = {
            name
            for branch in self._lists
            for name, values in branch.items()
            if any(_plain(value) is None for value in values)
        }
        return {
            name: [[_text(value) for value in branch.get(name, ())] for branch in self._lists]
            for name in sorted(names)
        }

    def encode(self, params: Params) -> dict[str, Any]:
        """`params` as JSON.

        Raises
        ------
        ValueError
            If a value is neither JSON's nor one of the declared ones.
        """
        coded = {}
        for name, value in params.items():
            plain = _plain(value)
            coded[name] = self._place(name, value) if plain is None else plain[0]
        return coded

    def decode(self, coded: Mapping[str, Any]) -> Params:
        """The parameters that `encode` was given, the very objects of the space among them.

        Raises
        ------
        ValueError, LookupError
            If the space has no such parameter or value.
        """
        strange = coded.keys() - self._names
        if strange:
            raise ValueError(f"the space has no {sorted(strange)}")
        return {
            name: self._decoded(name, value) if isinstance(value, dict) else _check_plain(value)
            for name, value in coded.items()
        }

    def _place(self, name: str, value: Any) -> dict[str, Any]:
        if name not in self._places:
            self._places[name] = [
                (other, b, i)
                for b, branch in enumerate(self._lists)
                for i, other in enumerate(branch.get(name, ()))
            ]
        places = self._places[name]
        found = next((place for place in places if place[0] is value), None)
        if found is None:
            found = next((place for place in places if _equal(place[0], value)), None)
        if found is None:
            raise ValueError(
                f"The journal cannot hold {name}={value!r}: it is no number, text, True, False or "
                "None, nor one of the listed values. Give a list of values for this parameter, or "
                "search without journal."
            )
        return {"at": [found[1], found[2]]}

    def _decoded(self, name: str, value: Mapping[str, Any]) -> Any:
        if "at" in value:
            branch, position = value["at"]
            if branch < 0 or position < 0:
                raise ValueError(f"no place: {value}")
            return self._lists[branch][name][position]
        return _special(value)


class StoredValues(Values):
    """Turns JSON into parameters where the space is not at hand.

    Parameters
    ----------
    texts : dict
        What `Values.texts` gave.
    """

    def __init__(self, texts: Mapping[str, list[list[str]]]) -> None:
        super().__init__(())
        self._texts = texts

    def decode(self, coded: Mapping[str, Any]) -> Params:
        """The parameters that `encode` was given, with stand-ins for what JSON cannot hold."""
        return {
            name: self._decoded(name, value) if isinstance(value, dict) else _check_plain(value)
            for name, value in coded.items()
        }

    def _decoded(self, name: str, value: Mapping[str, Any]) -> Any:
        if "at" in value:
            branch, position = value["at"]
            if branch < 0 or position < 0:
                raise ValueError(f"no place: {value}")
            return StoredValue(branch, position, self._texts[name][branch][position])
        return _special(value)


def number(value: float) -> float | str:
    """A float as JSON; text where it is not finite."""
    value = float(value)
    return value if math.isfinite(value) else repr(value)


def _plain(value: Any) -> tuple[Any] | None:
    """`value` as JSON, in a tuple; None if it has none of its own."""
    if type(value) in PLAIN:
        return (value,)
    if type(value) is float:
        return (value if math.isfinite(value) else {"float": repr(value)},)
    if isinstance(value, np.generic) and value.dtype.kind in KINDS:
        if value.dtype.kind == "U" or value.dtype.itemsize <= WIDEST:
            item = value.item()
            return ({"numpy": value.dtype.str, "item": _plain(item)[0]},)  # type: ignore[index]  # plain
    return None


def _special(value: Mapping[str, Any]) -> Any:
    if "numpy" in value:
        dtype = np.dtype(value["numpy"])
        item = value["item"]
        if dtype.kind not in KINDS:
            raise ValueError(f"no scalar: {value}")
        return dtype.type(float(item["float"]) if isinstance(item, dict) else item)
    return float(value["float"])


def _check_plain(value: Any) -> Any:
    if type(value) is not float and type(value) not in PLAIN:
        raise ValueError(f"no value of a parameter: {value!r}")
    return value


def _elements(form: Any) -> Sequence[Any]:
    """The values that a declared form lists; none for a range or a distribution."""
    if isinstance(form, When):
        return _elements(form.dimension)
    if isinstance(form, Categorical | Ordinal):
        form = form.values
    if isinstance(form, range):
        return form
    if hasattr(form, "__len__") and hasattr(form, "__iter__") and not isinstance(form, str):
        return list(form)
    return ()


def _equal(a: Any, b: Any) -> bool:
    try:
        return type(a) is type(b) and bool(a == b)
    except Exception:  # a comparison that raises does not say "equal"
        return False


def _text(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 3]}..."

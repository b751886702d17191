"""Hashes that tell one search from another: the same in every process, without pickles."""

import functools
import types
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

SIZE = 16  # bytes
INSTALLED = ("site-packages", "dist-packages")
_ATOMS = (type(None), bool, int, float, complex, str, bytes, range, slice, type(...))
_PLAIN = frozenset((type(None), bool, int, float, str, bytes))
_NAMED = (type, types.BuiltinFunctionType, types.ModuleType, np.ufunc, types.MethodDescriptorType)
_RANDOM = (np.random.RandomState, np.random.Generator, np.random.BitGenerator)
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def fingerprint(value: Any) -> str:
    """The hash of a value; "" if it has none that would hold in another process.

    Parameters
    ----------
    value : object
        Data, parameters, estimators, functions. Functions that are not installed with a package
        count with their code.

    Returns
    -------
    str
    """
    digest = _Digest()
    try:
        digest.add(value)
    except Exception:  # whatever an object of the user's does when it is taken apart
        return ""
    return digest.text


def join(parts: Iterable[str]) -> str:
    """One hash of several."""
    return fingerprint(list(parts))


class _Digest:
    """Takes values in; remembers those that it is inside of, which may refer to themselves."""

    def __init__(self, inside: tuple[int, ...] = ()) -> None:
        self._hash = blake2b(digest_size=SIZE)
        self._inside = inside

    @property
    def text(self) -> str:
        return self._hash.hexdigest()

    def add(self, value: Any) -> None:
        kind = type(value)
        if kind in _ATOMS:
            self._write(f"{kind.__name__} {value!r}")
        elif id(value) in self._inside:
            self._write(f"inside {self._inside.index(id(value))}")
        else:
            outer, self._inside = self._inside, (*self._inside, id(value))
            self._add_composed(value)
            self._inside = outer

    def _write(self, text: str) -> None:
        data = text.encode("utf-8", "surrogatepass")
        self._hash.update(f"{len(data)}:".encode())
        self._hash.update(data)

    def _add_composed(self, value: Any) -> None:
        if isinstance(value, np.ndarray):
            self._add_array(value)
        elif isinstance(value, np.generic):
            self._write(f"scalar {value.dtype.str} {value.item()!r}")
        elif isinstance(value, _RANDOM):
            self._write(f"random {_name(type(value))}")
        elif isinstance(value, _NAMED):
            self._write(f"named {_name(value)}")
        elif isinstance(value, types.FunctionType):
            self._add_function(value)
        elif isinstance(value, types.MethodType):
            self._add_all("method", (value.__func__, value.__self__))
        elif isinstance(value, functools.partial):
            self._add_all("partial", (value.func, value.args, value.keywords))
        elif type(value) in (list, tuple):
            self._add_all(type(value).__name__, value)
        elif type(value) in (set, frozenset, dict):
            self._add_unordered(value)
        elif hasattr(value, "tocsr"):
            self._add_sparse(value)
        else:
            self._add_object(value)

    def _add_all(self, tag: str, values: Iterable[Any]) -> None:
        values = list(values)
        if _PLAIN.issuperset(map(type, values)):
            self._write(f"plain {tag} {values!r}")
            return
        self._write(f"{tag} {len(values)}")
        for value in values:
            self.add(value)

    def _add_unordered(self, value: Any) -> None:
        digests = []
        for item in value.items() if isinstance(value, dict) else value:
            digest = _Digest(self._inside)
            digest.add(item)
            digests.append(digest.text)
        self._add_all(type(value).__name__, tuple(sorted(digests)))

    def _add_array(self, value: Any) -> None:
        self._write(f"array {value.dtype.str} {value.shape}")
        if value.dtype.hasobject:
            self._add_all("list", value.ravel().tolist())
        else:
            self._hash.update(np.ascontiguousarray(value).reshape(-1).view(np.uint8).data)

    def _add_function(self, value: types.FunctionType) -> None:
        self._write(f"function {_name(value)}")
        code = value.__code__
        if any(place in code.co_filename for place in INSTALLED):
            return
        self._add_code(code)
        cells = tuple(cell.cell_contents for cell in value.__closure__ or ())
        self._add_all("context", (value.__defaults__, value.__kwdefaults__, cells))

    def _add_code(self, code: types.CodeType) -> None:
        self._hash.update(code.co_code)
        self._add_all("names", code.co_names)
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._add_code(constant)
            else:
                self.add(constant)

    def _add_object(self, value: Any) -> None:
        self._write(f"object {_name(type(value))}")
        if hasattr(value, "dist") and hasattr(value, "kwds"):  # a frozen distribution of scipy
            self.add((_name(type(value.dist)), value.args, value.kwds))
            self.add(np.asarray(value.ppf(_QUANTILES)) if hasattr(value, "ppf") else None)
        elif hasattr(value, "columns") and hasattr(value, "dtypes"):
            self._add_frame(value)
        elif hasattr(value, "dtype") and hasattr(value, "to_numpy"):
            self.add((str(value.dtype), value.to_numpy()))
        elif _is_made_of_params(value):
            self.add(value.get_params(deep=False))
        else:
            self._add_state(value)

    def _add_sparse(self, value: Any) -> None:
        matrix = value.tocsr(copy=True)
        matrix.sum_duplicates()
        places = matrix.indices.astype(np.int64), matrix.indptr.astype(np.int64)
        self._add_all("sparse", (matrix.shape, matrix.data, *places))

    def _add_frame(self, value: Any) -> None:
        names = list(value.columns)
        self.add((value.shape, names, [str(dtype) for dtype in value.dtypes]))
        for name in names:
            self.add(value[name].to_numpy())

    def _add_state(self, value: Any) -> None:
        """What it would be pickled from, without the pickle."""
        reduced = value.__reduce_ex__(2)
        if isinstance(reduced, str):
            self._write(reduced)
            return
        function, arguments, *state = reduced
        self._write(_name(function))
        self.add(tuple(arguments))
        for part in state:
            self.add(list(part) if hasattr(part, "__next__") else part)


def _is_made_of_params(value: Any) -> bool:
    """Whether a clone is all that counts of an estimator; those that clone themselves keep more."""
    clone = getattr(type(value), "__sklearn_clone__", None)
    return hasattr(value, "get_params") and clone in (None, BaseEstimator.__sklearn_clone__)


def _name(thing: Any) -> str:
    return f"{getattr(thing, '__module__', '')}.{getattr(thing, '__qualname__', repr(thing))}"


def different(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """The names of the parts whose hashes differ."""
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]

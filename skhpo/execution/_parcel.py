"""What all tasks share travels to a worker once; large arrays stay joblib's memory maps."""

import io
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import numpy as np
from joblib import wrap_non_picklable_objects
from numpy.typing import NDArray

from ._ray import opened

Bytes = NDArray[np.uint8]

SMALL = 1 << 16  # bytes that may travel with every task beside large arrays

_kept: dict[str, tuple[Any, ...]] = {}  # in a worker: the last parcel's unpickled content


@dataclass(frozen=True, slots=True)
class Label:
    """Names a parcel; `in_kit` says which of the shared objects its kit holds."""

    token: str
    in_kit: tuple[bool, ...]


class Parcel:
    """The shared objects of many tasks, packed once.

    Arrays that joblib maps into memory, and objects made of these, are passed as they are. All
    else goes into the kit: pickled here once, unpickled once by every worker, which keeps it
    until the next parcel comes.

    Parameters
    ----------
    shared : sequence of objects
    max_nbytes : float
        Arrays above this size are mapped into memory, not copied.
    store : callable, optional
        Gives what stands for an object that travels.

    Attributes
    ----------
    label : Label
    nbytes : int
        Size of the kit.
    kit : ndarray of uint8
        An array, so that a large one is mapped into memory too; or what stands for it.
    direct : tuple of objects
        What is not in the kit.
    """

    def __init__(
        self,
        shared: Sequence[Any],
        max_nbytes: float,
        store: Callable[[Any], Any] = lambda item: item,
    ) -> None:
        self.shared = tuple(shared)
        in_kit = tuple(not _is_mostly_arrays(item, max_nbytes) for item in shared)
        chosen = tuple(item for item, packed in zip(shared, in_kit, strict=True) if packed)
        self.label = Label(uuid4().hex, in_kit)
        kit: Bytes = np.frombuffer(dumps(chosen), dtype=np.uint8)
        self.nbytes = kit.nbytes
        self.kit: Any = store(kit)
        self.direct = tuple(
            store(item) for item, packed in zip(shared, in_kit, strict=True) if not packed
        )

    def holds(self, shared: Sequence[Any]) -> bool:
        """Whether these are the very objects that were packed."""
        return len(shared) == len(self.shared) and all(map(_same, shared, self.shared))


def unpack(label: Label, kit: Any, direct: Sequence[Any]) -> tuple[Any, ...] | None:
    """In a worker: the shared objects, or None if it was not given a kit that it lacks."""
    content = _kept.get(label.token)
    if content is None:
        if kit is None:
            return None
        content = pickle.loads(opened(kit).data)
        _kept.clear()
        _kept[label.token] = content
    kept, passed = iter(content), map(opened, direct)
    return tuple(next(kept if packed else passed) for packed in label.in_kit)


def forget(token: str) -> None:
    """In a worker: drop what was unpickled from that parcel."""
    _kept.pop(token, None)


def dumps(item: Any) -> bytes:
    """A pickle that also holds lambdas and what the main script defines."""
    return pickle.dumps(wrap_non_picklable_objects(item, keep_wrapper=False), 5)


class _Survey(pickle.Pickler):
    """Pickles around large arrays; remembers whether there was one."""

    def __init__(self, file: io.BytesIO, max_nbytes: float) -> None:
        super().__init__(file, 5)
        self.max_nbytes = max_nbytes
        self.found_array = False

    def persistent_id(self, item: Any) -> str | None:
        """Leave large arrays out."""
        if isinstance(item, np.ndarray) and item.nbytes > self.max_nbytes:
            if not item.dtype.hasobject:
                self.found_array = True
                return "array"
        return None


def _is_mostly_arrays(item: Any, max_nbytes: float) -> bool:
    file = io.BytesIO()
    survey = _Survey(file, max_nbytes)
    try:
        survey.dump(item)
    except Exception:  # lambdas and the like, which `dumps` can pickle, or says why not
        return False
    return survey.found_array and file.tell() <= SMALL


def _same(one: Any, other: Any) -> bool:
    return one is other

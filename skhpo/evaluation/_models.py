"""The models of trials that may go on: in memory up to a bound, in a temporary folder past it."""

import pickle
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

MAX_BYTES = 1 << 28  # of models in memory
Key = tuple[int | None, int]  # trial and fold


class Models:
    """Keeps one model for each trial and fold; those used least recently go to files.

    It remembers the sizes of what is in memory, and the folder, which is made when first needed.

    Parameters
    ----------
    max_bytes : int or None, default=None
        Of pickled models that stay in memory; None is 2**28.
    over : callable or None, default=None
        The trials that will never go on, since it was asked last; their models are dropped.
    """

    def __init__(
        self, max_bytes: int | None = None, over: Callable[[], Iterable[int]] | None = None
    ) -> None:
        self._max_bytes = MAX_BYTES if max_bytes is None else max_bytes
        self._over = over
        self._here: OrderedDict[Key, tuple[Any, int]] = OrderedDict()
        self._away: dict[Key, Path] = {}
        self._n_bytes = 0
        self._folder: TemporaryDirectory[str] | None = None

    def __len__(self) -> int:
        return len(self._here) + len(self._away)

    @property
    def n_away(self) -> int:
        """How many models are in files."""
        return len(self._away)

    def put(self, trial: int | None, fold: int, model: Any) -> None:
        """Keep a model; one that cannot be pickled is not kept.

        Parameters
        ----------
        trial, fold : int
            Whose.
        model : estimator
            Fitted.
        """
        for ended in self._over() if self._over is not None else ():
            self.drop(ended)
        try:
            size = _size(model)
        except Exception:
            return
        self._here[trial, fold] = model, size
        self._n_bytes += size
        while self._n_bytes > self._max_bytes:
            self._send_away()

    def take(self, trial: int | None, fold: int) -> Any:
        """Hand out a model and forget it; None if there is none.

        Parameters
        ----------
        trial, fold : int
            Whose.

        Returns
        -------
        estimator or None
        """
        key = trial, fold
        if key in self._here:
            model, size = self._here.pop(key)
            self._n_bytes -= size
            return model
        path = self._away.pop(key, None)
        if path is None:
            return None
        with path.open("rb") as file:
            model = pickle.load(file)
        path.unlink()
        return model

    def drop(self, trial: int | None) -> None:
        """Forget the models of a trial.

        Parameters
        ----------
        trial : int
            Whose.
        """
        for key in [key for key in (*self._here, *self._away) if key[0] == trial]:
            if key in self._here:
                self._n_bytes -= self._here.pop(key)[1]
            else:
                self._away.pop(key).unlink()

    def close(self) -> None:
        """Forget all models, and remove the folder."""
        self._here.clear()
        self._away.clear()
        self._n_bytes = 0
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _send_away(self) -> None:
        key, (model, size) = self._here.popitem(last=False)
        self._n_bytes -= size
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="skhpo-")
        path = Path(self._folder.name) / f"{key[0]}-{key[1]}.pickle"
        with path.open("wb") as file:
            pickle.dump(model, file, 5)
        self._away[key] = path


def _size(model: Any) -> int:
    """Bytes of a pickle, arrays counted where they are."""
    buffers: list[pickle.PickleBuffer] = []
    stream = pickle.dumps(model, 5, buffer_callback=buffers.append)
    return len(stream) + sum(buffer.raw().nbytes for buffer in buffers)

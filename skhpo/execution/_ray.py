"""ray's pool of actors: tasks for those that are free, data in its store, one stopped alone."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from threading import Lock
from typing import Any

Callback = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Stored:
    """An object in ray's store, which keeps it once for every machine."""

    reference: Any

    def open(self) -> Any:
        """The object; its arrays are the store's own, read-only."""
        return import_module("ray").get(self.reference)


def opened(item: Any) -> Any:
    """The object itself, if it is in ray's store."""
    return item.open() if isinstance(item, Stored) else item


class RayActors:
    """The actors of one pool; remembers which are free.

    Parameters
    ----------
    pool : ray.util.multiprocessing.Pool
        Hands tasks to one actor after the other, whether busy or not, and keeps those that died.
    """

    def __init__(self, pool: Any) -> None:
        self._ray = import_module("ray")
        self._pool = pool
        self._lock = Lock()  # ends are told in threads of ray's
        self._numbers = count()
        self._actors = [next(self._numbers) for _ in pool._actor_pool]
        self._n_tasks = dict.fromkeys(self._actors, 0)

    def choose(self, callback: Callback) -> tuple[int, Callback]:
        """Make the next task go to the actor with the least to do, and learn of its end.

        Returns
        -------
        actor : int
            Its number, which no other one ever has.
        callback : callable
            What to call in the place of `callback`.
        """
        with self._lock:
            actor = min(self._actors, key=self._n_tasks.__getitem__)
            self._n_tasks[actor] += 1
        index = self._actors.index(actor)
        self._pool._current_index = (index or len(self._actors)) - 1  # the one before

        def take_note(outcome: Any) -> None:
            with self._lock:
                self._n_tasks[actor] -= 1
            callback(outcome)

        return actor, take_note

    def is_death(self, error: BaseException) -> bool:
        """Whether a task came back with this because its actor ended."""
        return isinstance(error, self._ray.exceptions.RayActorError)

    def replace(self, actor: int) -> None:
        """Stop an actor at once, if it still lives, and start another one, if that is not done."""
        if actor not in self._actors:
            return
        index, new = self._actors.index(actor), next(self._numbers)
        handle, _ = self._pool._actor_pool[index]
        self._pool._actor_pool[index] = self._pool._new_actor_entry()
        with self._lock:
            self._actors[index] = new
            self._n_tasks[new] = 0
        self._ray.kill(handle)

    def store(self, item: Any) -> Stored:
        """Put an object where every worker finds it."""
        return Stored(self._ray.put(item))

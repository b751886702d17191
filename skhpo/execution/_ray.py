"""ray's pool of actors: tasks for those that are free, data in its store, one stopped alone."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
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
        self._n_tasks = [0] * len(pool._actor_pool)

    def choose(self, callback: Callback) -> tuple[int, Callback]:
        """Make the next task go to an actor that has nothing to do, and learn of its end."""
        index = min(range(len(self._n_tasks)), key=self._n_tasks.__getitem__)
        self._n_tasks[index] += 1
        self._pool._current_index = (index or len(self._n_tasks)) - 1  # the one before
        actor, _ = self._pool._actor_pool[index]

        def take_note(outcome: Any) -> None:
            if self._pool._actor_pool[index][0] is actor:
                self._n_tasks[index] -= 1
                if isinstance(outcome, self._ray.exceptions.RayActorError):
                    self._renew(index)
            callback(outcome)

        return index, take_note

    def replace(self, index: int) -> None:
        """Stop an actor at once and start another one."""
        actor, _ = self._pool._actor_pool[index]
        self._renew(index)
        self._ray.kill(actor)

    def store(self, item: Any) -> Stored:
        """Put an object where every worker finds it."""
        return Stored(self._ray.put(item))

    def _renew(self, index: int) -> None:
        self._pool._actor_pool[index] = self._pool._new_actor_entry()
        self._n_tasks[index] = 0

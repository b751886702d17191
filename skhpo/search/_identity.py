"""What makes one search another: the hash of each of its parts."""

import numbers
from typing import Any

import numpy as np

from .._journal import fingerprint
from .._records import Provenance
from ..samplers import Sampler
from ..schedulers import FullScheduler, Scheduler
from ..space import Space
from . import _setup as setup

# arguments of search classes that decide what is tried and how it is scored
ARGUMENTS = (
    "constraints",
    "estimator",
    "scoring",
    "objective",
    "error_score",
    "return_train_score",
    "initial_params",
    "warm_start_from",
    "transfer",
    "racing",
    "early_stopping",
    "continuation",
    "max_concurrent_trials",
)


def can_be_prolonged(specs: tuple[Sampler, Scheduler]) -> bool:
    """Whether a search may go on with another number of trials."""
    return isinstance(specs[1], FullScheduler)


def identity(
    search: Any,
    specs: tuple[Sampler, Scheduler],
    data: setup.Samples,
    space: Space,
    splits: list[Any],
    provenance: Provenance,
) -> dict[str, str]:
    """The hash of each part of a search; "" for a part that has none. The metric is its name.

    Parameters
    ----------
    search : BaseSearch
    specs : tuple of Sampler and Scheduler
    data : Samples
    space : Space
    splits : list of pairs
    provenance : Provenance
        Has the hashes of X and y.

    Returns
    -------
    dict of str to str
    """
    parts = {name: getattr(search, name, None) for name in ARGUMENTS}
    parts |= {
        "space": list(space.declared),
        "fit_params": data.fit_params,
        "score_params": data.score_params,
        "split_params": data.split_params,
        "splits": splits,
        "sampler": specs[0],
        "scheduler": specs[1],
        "n_iter": None if can_be_prolonged(specs) else search._budget(),
        "random_state": seed_of(search),
    }
    hashes = {name: fingerprint(part) for name, part in parts.items()}
    return hashes | {"X": provenance.X, "y": provenance.y, "metric": provenance.metric}


def seed_of(search: Any) -> int | None:
    """The seed of a search, if it is a number."""
    seed = getattr(search, "random_state", 0)
    return int(seed) if isinstance(seed, numbers.Integral) else None


def check_repeatable(
    search: Any, data: setup.Samples, splitter: setup.Splitter, first: Any
) -> None:
    """Refuse a journal for a search that another process could not repeat.

    Parameters
    ----------
    search : BaseSearch
    data : Samples
    splitter : Splitter
    first : list of pairs
        What the splitter gave.

    Raises
    ------
    ValueError
    """
    if seed_of(search) is None:
        raise ValueError(
            f"A journal needs a seed that another fit can repeat: set random_state to an integer, "
            f"got {search.random_state!r}."
        )
    second = splitter.split(data)
    same = len(first) == len(second) and all(
        np.array_equal(a, b)
        for one, other in zip(first, second, strict=True)
        for a, b in zip(one, other, strict=True)
    )
    if not same:
        raise ValueError(
            "A journal needs a cv that makes the same splits again, which "
            f"{search.cv!r} does not: give its random_state an integer."
        )


def check_hashes(parts: dict[str, str]) -> None:
    """Refuse a journal for a search that cannot be told from others.

    Raises
    ------
    ValueError
        Naming the parts that have no hash.
    """
    strange = [name for name, text in parts.items() if not text]
    if strange:
        raise ValueError(
            f"A journal cannot be kept: {', '.join(strange)} cannot be told from others in another "
            "process. Use objects that can be pickled, or search without journal."
        )

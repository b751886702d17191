"""What a sampler is: a spec that starts a run, and the run's `ask` and `tell`."""

from typing import Protocol, runtime_checkable

import numpy as np

from .._records import Observations, Plan, Proposal, Slot
from .._spec import Spec
from ..space import Space


@runtime_checkable
class SamplerRun(Protocol):
    """Propose configurations; what `Sampler.start` returns.

    It owns its state, sees arrays only, and can be pickled between any two calls. Results of
    earlier searches on the same data are told before the first `ask`, under negative numbers. A
    run that can learn from other data has a method ``transfer(observed)``, which is called in the
    place of that `tell`.
    """

    def ask(self, trial: int, slot: Slot, pending: Observations) -> Proposal | None:
        """Propose a configuration.

        Parameters
        ----------
        trial : int
            Number of the trial that it is for.
        slot : Slot
            The place to fill, with its resource.
        pending : Observations
            The jobs in flight, their loss NaN; it is never remembered.

        Returns
        -------
        Proposal or None
            None says that the space is exhausted.
        """

    def tell(self, observed: Observations) -> None:
        """Learn from finished jobs.

        Parameters
        ----------
        observed : Observations
            One row a job; trials that others proposed are welcome.
        """


class Sampler(Spec):
    """Base of the sampler specs: where to look next.

    Attributes
    ----------
    adaptive : bool
        Whether proposals depend on results. Where neither sampler nor scheduler is adaptive, all
        proposals are drawn at the start and no worker ever waits.
    needs_model_space : bool
        Whether every dimension must have an encoding (a frozen distribution then needs `ppf`).
    """

    adaptive = True
    needs_model_space = True

    def start(self, space: Space, rng: np.random.Generator, plan: Plan) -> SamplerRun:
        """Make the run object that owns `ask` and `tell`; the spec itself does not change.

        Parameters
        ----------
        space : Space
            Where to look.
        rng : numpy.random.Generator
            The only source of randomness.
        plan : Plan
            What is known before the first trial.

        Returns
        -------
        SamplerRun
        """
        raise NotImplementedError(f"{type(self).__name__} must define start(space, rng, plan).")

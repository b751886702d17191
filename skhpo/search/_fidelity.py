"""What the search classes with a resource share."""

import numbers
from typing import Any

from .._sklearn import Interval, StrOptions
from ..samplers import SAMPLERS, RandomSampler, Sampler
from . import _setup as setup
from ._base import BaseSearch
from ._parts import check_nested

POSITIVE = Interval(numbers.Integral, 1, None, closed="left")
RATE = Interval(numbers.Integral, 0, None, closed="left")


class _FidelitySearch(BaseSearch):
    """Base of the classes that try configurations with less than all of a resource."""

    _parameter_constraints = {
        **BaseSearch._parameter_constraints,
        "sampler": [str, Sampler],
        "resource": [str],
        "factor": [Interval(numbers.Real, 2, None, closed="left")],
        "min_resources": [POSITIVE, StrOptions({"auto", "smallest", "exhaust"})],
        "max_resources": [POSITIVE, StrOptions({"auto"})],
    }
    sampler: str | Sampler
    resource: str
    factor: float
    min_resources: int | str
    max_resources: int | str

    def set_params(self, **params: Any) -> "_FidelitySearch":
        """Set parameters, nested ones too.

        Parameters
        ----------
        **params : dict of str to object
            ``sampler__n_candidates`` is the parameter of a sampler object.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If a nested parameter belongs to a sampler that is given by its name.
        """
        check_nested(self, params)
        super().set_params(**params)
        return self

    def _sampler(self) -> Sampler:
        if self.sampler == "random":  # scikit-learn's candidates for the same random_state
            return RandomSampler(random_state=self.random_state)
        return setup.spec("sampler", self.sampler, SAMPLERS, Sampler)

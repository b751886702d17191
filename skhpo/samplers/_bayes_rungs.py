"""The resource as an input of a Bayesian search's models."""

import math
from dataclasses import dataclass

import numpy as np

from .._records import Plan, Points
from .._typing import Vector
from ..surrogates import with_resource
from ._tpe_split import Trials


@dataclass(frozen=True, slots=True)
class Rungs:
    """Where resources lie between the least, 0, and all of it, 1, on a logarithmic scale.

    Attributes
    ----------
    low, high : float
        The ends, positive and different.
    """

    low: float
    high: float

    @staticmethod
    def of(plan: Plan) -> "Rungs | None":
        """Of a plan; None where every trial has all of the resource."""
        low, high = plan.min_resource, plan.max_resource
        return Rungs(low, high) if low < high else None

    def place(self, points: Points, resource: Vector) -> Points:
        """Points with their resource as one more column, ``log(r / low) / log(high / low)``."""
        share = np.log(np.maximum(resource, self.low) / self.low) / math.log(self.high / self.low)
        return with_resource(points, np.where(resource < self.high, share, 1.0))


def without_resource(points: Points) -> Points:
    """The points without their last column: models take them as having all of the resource."""
    return Points(points.x[:, :-1], points.active[:, :-1])


def can_learn(jobs: Trials) -> bool:
    """Whether two losses at the same resource differ."""
    fine = np.isfinite(jobs.loss)
    resources = np.unique(jobs.resource[fine])
    return any(np.ptp(jobs.loss[fine & (jobs.resource == each)]) > 0.0 for each in resources)

"""From a point uphill to a local maximum, over numbers, categories and conditions."""

import numpy as np
from scipy.optimize import Bounds, minimize

from .._records import Points
from .._typing import Matrix, Vector
from ._domain import Criterion, Domain, Region

MAX_LEVELS = 64  # of a numeric column that are tried at once
MAX_ROUNDS = 20  # of continuous and discrete steps
MAX_EXCHANGES = 100  # of one discrete step
MAX_ITER = 60  # of one continuous step
SCALES = (0.05, 2.0)  # least and largest unit of a continuous step
STEPS = (0.2, 0.05)  # of numbers where there is no gradient
N_STEPS = 4  # of each
MIN_GAIN = 1e-6


class Climber:
    """Goes uphill; knows the domain's continuous and discrete columns.

    Parameters
    ----------
    criterion : Criterion
        What is maximised.
    domain : Domain
        Where.
    rng : numpy.random.Generator
        Source of randomness.
    scale : ndarray of shape (d,)
        Typical lengths over which the criterion changes, by column.
    region : Region
        What is not left.
    """

    def __init__(
        self,
        criterion: Criterion,
        domain: Domain,
        rng: np.random.Generator,
        scale: Vector,
        region: Region,
    ) -> None:
        self._criterion = criterion
        self._domain = domain
        self._rng = rng
        self._scale = scale
        self._region = region
        kinds = [column.kind for column in domain.columns]
        free = np.array([j not in region.fixed for j in range(len(kinds))], dtype=bool)
        slides = np.array([criterion.smooth and kind == "continuous" for kind in kinds], dtype=bool)
        self._numbers = np.array([kind != "categorical" for kind in kinds], dtype=bool)
        self._continuous = free & slides
        self._stepped = np.flatnonzero(free & ~slides).tolist()
        self._conditional = any(column.conditions for column in domain.columns)

    def climb(self, point: Points, value: float) -> tuple[Points, float]:
        """Find a local maximum.

        Parameters
        ----------
        point : Points of one row
            Where to start.
        value : float
            The criterion there.

        Returns
        -------
        point : Points of one row
        value : float
        """
        for _ in range(MAX_ROUNDS):
            before = value
            point, value = self._slide(point, value)
            slid = value
            point, value = self._exchange(point, value)
            if value == slid or value - before < MIN_GAIN:
                break
        return point, value

    def _slide(self, point: Points, value: float) -> tuple[Points, float]:
        """Move all active continuous columns together, in units of their scales."""
        free = np.flatnonzero(self._continuous & point.active[0])
        if not len(free):
            return point, value
        scale = np.clip(self._scale[free], *SCALES)
        low, high = self._region.low[free], self._region.high[free]
        x = point.x.copy()
        trial = Points(x, point.active)

        def negative(z: Vector) -> tuple[float, Vector]:
            x[0, free] = np.clip(z * scale, low, high)
            height, slope = self._criterion.gradient(trial)
            return -height, -slope[free] * scale

        found = minimize(
            negative,
            np.clip(point.x[0, free], low, high) / scale,
            method="L-BFGS-B",
            jac=True,
            bounds=Bounds(low / scale, high / scale),
            options={"maxiter": MAX_ITER, "gtol": 1e-2},
        )
        if not -found.fun > value:
            return point, value
        x[0, free] = np.clip(found.x * scale, low, high)
        return trial, -float(found.fun)

    def _exchange(self, point: Points, value: float) -> tuple[Points, float]:
        """Change one other column at a time, the most rewarding one, while that helps."""
        for _ in range(MAX_EXCHANGES):
            neighbours = self._neighbours(point)
            if not len(neighbours):
                break
            values = self._criterion(neighbours)
            best = int(np.argmax(values))
            if not values[best] > value + MIN_GAIN:
                break
            point, value = neighbours[best], float(values[best])
        return point, value

    def _neighbours(self, point: Points) -> Points:
        """Rows that differ from `point` in one active column.

        What takes part only after the change is drawn from the prior.
        """
        base, d = point.x[0], len(self._domain.columns)
        if not point.active.all():
            base = base.copy()
            for j in np.flatnonzero(~point.active[0]).tolist():
                base[j] = self._domain.columns[j].quantile(self._rng.random(1))[0]
            held = self._numbers & ~point.active[0]
            base = self._region.hold(base[None], held)[0]
            base[list(self._region.fixed)] = list(self._region.fixed.values())
        parts = [np.empty((0, d))]
        for j in self._stepped:
            if point.active[0, j]:
                codes = self._codes(j, float(point.x[0, j]))
                changed = np.repeat(base[None], len(codes), axis=0)
                changed[:, j] = codes
                parts.append(changed)
        rows: Matrix = np.concatenate(parts)
        if self._conditional:
            return self._domain.normalize(rows)
        return Points(rows, np.ones(rows.shape, dtype=bool))

    def _codes(self, j: int, u: float) -> Vector:
        """Codes of other values of a column: all, or some near and some far."""
        column = self._domain.columns[j]
        low, high = self._region.low[j], self._region.high[j]
        if column.kind == "continuous":
            steps = np.repeat(STEPS, N_STEPS) * self._rng.standard_normal(len(STEPS) * N_STEPS)
            return np.clip(u + steps, low, high)
        here, n = int(column.index(np.array([u]))[0]), column.n_values
        if n <= MAX_LEVELS or column.kind == "categorical":
            index = np.arange(int(n))
        else:
            powers = 2 ** np.arange(int(np.log2(n)))
            even = np.linspace(0, n - 1, MAX_LEVELS // 2).astype(np.int64)
            index = np.unique(np.concatenate([here - powers, here + powers, even]))
            index = index[(index >= 0) & (index < n)]
        codes = column.code(index[index != here])
        return codes[(codes >= low) & (codes <= high)] if self._numbers[j] else codes

"""Differential evolution with a population for each resource."""

import math

import numpy as np

from .._records import Observations, Plan, Proposal, Slot
from .._typing import Mask, Matrix, Vector
from .._validation import check_real
from ..space import Space
from ._base import Sampler
from ._draws import PriorDraws, PriorRun, Seen, UniformRows

MIN_POPULATION = 5
N_PARENTS = 3
MAX_ROUNDS = 10  # of mutants that were all tried before or not allowed


class DEHBSampler(Sampler):
    """Evolve a population for each resource, with parents from the next lower one.

    Until its population is full, a resource is given random configurations, besides those that a
    scheduler promotes to it. Then a mutant of three good configurations of the next lower resource
    is crossed with the next member, and takes its place if it is at least as good [1]_. It is meant
    for ``HyperbandScheduler(promote="first")``; prefer it for many evaluations of cheap functions
    and for discrete spaces.

    Parameters
    ----------
    factor : float, default=3
        The scheduler's; it decides how large populations are. At least 2.
    mutation : float, default=0.5
        What the difference of two parents is multiplied by, in (0, 2].
    crossover : float, default=0.5
        Probability that a parameter comes from the mutant, in [0, 1].

    References
    ----------
    .. [1] N. Awad, N. Mallik, F. Hutter, "DEHB: evolutionary Hyperband for scalable, robust and
       efficient hyperparameter optimization", IJCAI 2021.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import SearchCV
    >>> from skhpo.samplers import DEHBSampler
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-4, 1e1)}
    >>> search = SearchCV(SVC(), space, sampler=DEHBSampler(), n_iter=15, random_state=0).fit(X, y)
    >>> bool(search.best_score_ > 0.9)
    True
    """

    def __init__(self, *, factor: float = 3, mutation: float = 0.5, crossover: float = 0.5) -> None:
        self.factor = factor
        self.mutation = mutation
        self.crossover = crossover

    def start(self, space: Space, rng: np.random.Generator, plan: Plan) -> "DEHBRun":
        """Make the run object.

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
        DEHBRun

        Raises
        ------
        TypeError, ValueError
            If a parameter is not what it should be.
        """
        sizes = PopulationSizes(plan, check_real("factor of DEHBSampler", self.factor, 2))
        mutation = check_real("mutation of DEHBSampler", self.mutation, 1e-6, 2)
        crossover = check_real("crossover of DEHBSampler", self.crossover, 0, 1)
        return DEHBRun(space, rng, sizes, (mutation, crossover))


class PopulationSizes:
    """How many members each resource has: the most that Hyperband starts there at once.

    Parameters
    ----------
    plan : Plan
        With the first and the last rung.
    factor : float
    """

    def __init__(self, plan: Plan, factor: float) -> None:
        self._high = plan.max_resource
        self._factor = factor
        self._n_rungs = 1 + self._steps(plan.min_resource)

    def __call__(self, resource: float) -> int:
        """The size at a resource."""
        s = self._steps(resource)
        return max(MIN_POPULATION, round(self._n_rungs // (s + 1) * self._factor**s))

    def _steps(self, resource: float) -> int:
        return round(math.log(self._high / resource, self._factor))


class Population:
    """The members at one resource; remembers whose turn it is, and who is under way."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.rows: list[Vector] = []
        self.losses: list[float] = []
        self.targets: dict[int, int | None] = {}  # by trial; None for one that fills a place
        self._turn = 0

    @property
    def is_full(self) -> bool:
        """Whether members and trials under way fill all places, and the losses differ."""
        n_coming = sum(target is None for target in self.targets.values())
        return len(set(self.losses)) > 1 and len(self.rows) + n_coming >= self.size

    def next_target(self) -> int:
        """The member that the next mutant is crossed with."""
        self._turn = (self._turn + 1) % len(self.rows)
        return self._turn

    def add(self, trial: int, row: Vector, loss: float) -> None:
        """Take a trial in: in its target's place, a free one, or that of the worst."""
        target = self.targets.pop(trial, None)
        if target is None and len(self.rows) < self.size:
            self.rows.append(row)
            self.losses.append(loss)
            return
        place = int(np.argmax(self.losses)) if target is None else target
        if loss <= self.losses[place]:
            self.rows[place], self.losses[place] = row, loss

    def best(self, n: int) -> list[Vector]:
        """The `n` best members."""
        order = np.argsort(self.losses, kind="stable")
        return [self.rows[i] for i in order[:n]]


class DEHBRun:
    """Remembers the populations, the rows behind its own trials, and its generator.

    Parameters
    ----------
    space : Space
    rng : numpy.random.Generator
    sizes : PopulationSizes
    rates : tuple of float
        Of mutation and crossover.
    """

    def __init__(
        self,
        space: Space,
        rng: np.random.Generator,
        sizes: PopulationSizes,
        rates: tuple[float, float],
    ) -> None:
        self._space = space
        self._rng = rng
        self._sizes = sizes
        self._mutation, self._crossover = rates
        draws = PriorDraws(space, UniformRows(rng, space.n_columns), rng)
        self._prior = PriorRun(space, draws, "random")
        self._seen = Seen(space)
        self._populations: dict[float, Population] = {}
        self._own: dict[int, Vector] = {}

    def tell(self, observed: Observations) -> None:
        """Let finished trials compete for a place; failed ones come last."""
        self._prior.tell(observed)
        self._seen.tell(observed)
        for i, trial in enumerate(observed.trial.tolist()):
            loss = float(observed.loss[i])
            row = self._own.get(trial)
            if row is None:
                row = self._complete(observed.points.x[i], observed.points.active[i])
            population = self._population(float(observed.resource[i]))
            population.add(trial, row, loss if math.isfinite(loss) else math.inf)

    def ask(self, trial: int, slot: Slot, pending: Observations) -> Proposal | None:
        """Propose a mutant, or a random configuration while the population is not full."""
        population = self._population(slot.resource)
        if population.is_full and self._space.n_columns > 0:
            target = population.next_target()
            found = self._mutant(slot.resource, population.rows[target], pending)
            if found is not None:
                proposal, self._own[trial] = found
                population.targets[trial] = target
                return proposal
        else:
            population.targets[trial] = None
        return self._prior.ask(trial, slot, pending)

    def _population(self, resource: float) -> Population:
        if resource not in self._populations:
            self._populations[resource] = Population(self._sizes(resource))
        return self._populations[resource]

    def _complete(self, x: Vector, active: Mask) -> Vector:
        """The row with random numbers where a parameter does not take part."""
        return np.where(active, x, self._rng.random(len(x)))

    def _mutant(
        self, resource: float, target: Vector, pending: Observations
    ) -> tuple[Proposal, Vector] | None:
        parents = self._parents(resource)
        taken = self._seen.and_pending(pending)
        for _ in range(MAX_ROUNDS):
            row = self._cross(target, parents)
            point = self._space.normalize(row[None])
            if self._space.keys(point)[0] not in taken:
                params = self._space.decode(point)[0]
                if self._space.allows(params):
                    return Proposal(point, params, "dehb"), row
        return None

    def _parents(self, resource: float) -> Matrix:
        """The best of the next lower resource; where these are too few, of all."""
        lower = [r for r, p in self._populations.items() if r < resource and p.rows]
        source = self._populations[max(lower, default=resource)]
        rows = source.best(self._population(resource).size)
        if len(rows) < N_PARENTS:
            rows = [row for population in self._populations.values() for row in population.rows]
        while len(rows) < N_PARENTS:
            rows.append(self._rng.random(self._space.n_columns))
        return np.array(rows)

    def _cross(self, target: Vector, parents: Matrix) -> Vector:
        """DE/rand/1/bin; what leaves the range is drawn anew."""
        a, b, c = parents[self._rng.choice(len(parents), N_PARENTS, replace=False)]
        mutant = a + self._mutation * (b - c)
        outside = (mutant < 0) | (mutant > 1)
        mutant[outside] = self._rng.random(int(outside.sum()))
        from_mutant = self._rng.random(len(target)) < self._crossover
        from_mutant[self._rng.integers(len(target))] = True
        crossed: Vector = np.where(from_mutant, mutant, target)
        return crossed

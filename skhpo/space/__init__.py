"""Search spaces: dimensions, conditions, and the map between parameters and the unit cube."""

from ._choices import Categorical, Ordinal
from ._column import Column, Condition
from ._conditions import When
from ._dimensions import Integer, Real
from ._make import make_space
from ._space import Space

__all__ = [
    "Categorical",
    "Column",
    "Condition",
    "Integer",
    "Ordinal",
    "Real",
    "Space",
    "When",
    "make_space",
]

"""Aliases for the arrays and values that travel between the parts."""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]  # one-dimensional
Matrix: TypeAlias = NDArray[np.float64]  # two-dimensional
Mask: TypeAlias = NDArray[np.bool_]
Integers: TypeAlias = NDArray[np.int64]

Params: TypeAlias = dict[str, Any]  # what `set_params` takes: active parameters only
Constraint: TypeAlias = Callable[[Params], bool]

Kind: TypeAlias = Literal["continuous", "integer", "ordinal", "categorical"]
Status: TypeAlias = Literal["complete", "pruned", "failed", "timed_out", "cancelled"]

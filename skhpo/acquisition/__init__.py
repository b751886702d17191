"""Acquisition functions: what a next trial promises, and where it promises most."""

from ._analytic import (
    ACQUISITIONS,
    Acquisition,
    h_ratios,
    log_expected_improvement,
    log_h,
    log_probability_of_improvement,
    lower_confidence_bound,
)
from ._domain import Criterion, Domain, DomainColumn, Region
from ._maximize import Effort, maximize

__all__ = [
    "ACQUISITIONS",
    "Acquisition",
    "Criterion",
    "Domain",
    "DomainColumn",
    "Effort",
    "Region",
    "h_ratios",
    "log_expected_improvement",
    "log_h",
    "log_probability_of_improvement",
    "lower_confidence_bound",
    "maximize",
]

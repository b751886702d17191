"""From dicts to columns: which parameters share one, and when each takes part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ._coerce import coerce
from ._column import Column, Condition
from ._conditions import When
from ._discrete import Discrete, Levels
from ._encodings import Encoding

BRANCH = "__branch__"


@dataclass(frozen=True, slots=True)
class Entry:
    """A parameter of a branch: the number of its column or, with `column` None, its only value."""

    name: str
    column: int | None
    encoding: Encoding
    conditions: tuple[Condition, ...] = ()
    constant: Any = None


@dataclass(frozen=True, slots=True)
class _Parameter:
    """One parameter of one dict; `needs` holds the value numbers that others must have."""

    encoding: Encoding
    needs: dict[str, frozenset[int]]


@dataclass(slots=True)
class _Group:
    """A column in the making: a parameter in all the branches that agree on it."""

    name: str
    encoding: Encoding
    needs: dict[int, frozenset[int]]
    branches: set[int] = field(default_factory=set)


def build(
    declared: Sequence[Mapping[str, Any]], *, model: bool, pairs: bool
) -> tuple[tuple[Column, ...], tuple[tuple[Entry, ...], ...]]:
    """The columns of a space, parents first, and for each dict the parameters that it holds."""
    branches = [_resolve(parameters, model, pairs) for parameters in declared]
    groups: list[_Group] = []
    homes = [_share(b, parameters, groups) for b, parameters in enumerate(branches)]
    columns, numbers = _columns(groups, len(branches))
    plans = []
    for parameters, home, given in zip(branches, homes, declared, strict=True):
        entries = []
        for name in given:
            if name in home:
                entries.append(Entry(name, numbers[home[name]], parameters[name].encoding))
            elif name in parameters:
                encoding = parameters[name].encoding
                needs = {home[parent]: values for parent, values in parameters[name].needs.items()}
                constant = encoding.values(np.array([0.5]))[0]
                entries.append(Entry(name, None, encoding, _conditions(needs, numbers), constant))
        plans.append(tuple(entries))
    return columns, tuple(plans)


def _resolve(declared: Mapping[str, Any], model: bool, pairs: bool) -> dict[str, _Parameter]:
    """The parameters of one dict, parents first; those that can never exist are left out."""
    resolved: dict[str, _Parameter | None] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ValueError(f"The conditions of {' -> '.join((*path, name))} form a circle.")
        if name in resolved:
            return
        form, conditions = declared[name], []
        while isinstance(form, When):
            conditions += list(form.conditions.items())
            form = form.dimension
        for parent, _ in conditions:
            if parent not in declared:
                raise ValueError(
                    f"When for parameter {name!r} names {parent!r}, which is not in the same "
                    f"dict; its parameters are {sorted(declared)}."
                )
            visit(parent, (*path, name))
        needs = _needs(name, conditions, resolved)
        encoding = coerce(name, form, model=model, pairs=pairs)
        resolved[name] = None if needs is None else _Parameter(encoding, needs)

    for name in sorted(declared):
        visit(name, ())
    return {name: parameter for name, parameter in resolved.items() if parameter is not None}


def _needs(
    name: str, conditions: Sequence[tuple[str, Any]], resolved: Mapping[str, _Parameter | None]
) -> dict[str, frozenset[int]] | None:
    """What the parameter `name` needs of others; None if it can never exist."""
    needs: dict[str, frozenset[int]] = {}

    def add(parent: str, values: frozenset[int]) -> None:
        needs[parent] = needs.get(parent, values) & values

    for parent, wanted in conditions:
        parameter = resolved[parent]
        if parameter is None:
            return None
        constant = parameter.encoding.n_values == 1
        values = _value_numbers(name, parent, parameter.encoding, wanted, strict=not constant)
        if not values:
            return None
        if constant:
            for grandparent, numbers in parameter.needs.items():
                add(grandparent, numbers)
        else:
            add(parent, values)
    return needs if all(needs.values()) else None


def _value_numbers(
    name: str, parent: str, encoding: Encoding, wanted: Any, strict: bool
) -> frozenset[int]:
    """The numbers of the values `wanted` (one, or a list or tuple of them) of a parent."""
    if not isinstance(encoding, Discrete):
        raise ValueError(
            f"When for parameter {name!r} depends on {parent!r}, which is continuous; a condition "
            "needs a parameter with separate values, such as a list."
        )
    single = encoding.find(wanted)
    if single is not None:
        return frozenset({single})
    several = isinstance(wanted, list | tuple | set | frozenset | range | np.ndarray)
    found = {i: encoding.find(value) for i, value in enumerate(wanted)} if several else {0: None}
    if not found or (strict and None in found.values()):
        missing = [value for i, value in enumerate(wanted) if found[i] is None] if several else []
        raise ValueError(
            f"When for parameter {name!r} asks for {parent}={missing[0] if missing else wanted!r}, "
            f"which is not one of its values ({encoding.describe()})."
        )
    return frozenset(i for i in found.values() if i is not None)


def _share(b: int, parameters: Mapping[str, _Parameter], groups: list[_Group]) -> dict[str, int]:
    """Add branch `b` to the groups it agrees with, or to new ones; the group of each parameter."""
    home: dict[str, int] = {}
    for name, parameter in parameters.items():
        if parameter.encoding.n_values == 1:
            continue
        needs = {home[parent]: values for parent, values in parameter.needs.items()}
        for number, group in enumerate(groups):
            if group.name == name and group.needs == needs and b not in group.branches:
                if group.encoding.matches(parameter.encoding):
                    home[name] = number
                    break
        else:
            home[name] = len(groups)
            groups.append(_Group(name, parameter.encoding, needs))
        groups[home[name]].branches.add(b)
    return home


def _columns(
    groups: Sequence[_Group], n_branches: int
) -> tuple[tuple[Column, ...], dict[int, int]]:
    """The columns, the root (where there are branches) first, and each group's column number."""
    depths: list[int] = []
    for group in groups:
        depths.append(1 + max((depths[parent] for parent in group.needs), default=-1))
    order = sorted(
        range(len(groups)), key=lambda g: (depths[g], groups[g].name, min(groups[g].branches))
    )
    columns = []
    if n_branches > 1:
        columns.append(Column(BRANCH, Levels(range(n_branches), "categorical")))
    numbers = {g: j for j, g in enumerate(order, start=len(columns))}
    names = [group.name for group in groups]
    for g in order:
        group = groups[g]
        several = names.count(group.name) > 1
        name = f"{min(group.branches)}/{group.name}" if several else group.name
        conditions = _conditions(group.needs, numbers)
        if len(group.branches) < n_branches:
            conditions = (Condition(0, frozenset(group.branches)), *conditions)
        columns.append(Column(name, group.encoding, conditions))
    return tuple(columns), numbers


def _conditions(
    needs: Mapping[int, frozenset[int]], numbers: Mapping[int, int]
) -> tuple[Condition, ...]:
    pairs = sorted((numbers[group], values) for group, values in needs.items())
    return tuple(Condition(column, values) for column, values in pairs)

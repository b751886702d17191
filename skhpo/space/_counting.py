"""How many configurations a space has, and whether two branches share some."""

from collections.abc import Sequence

from ._column import Column
from ._discrete import Discrete
from ._structure import Entry

_LISTED = 1000  # values of a parameter are compared one by one up to this many


def overlapping(columns: Sequence[Column], branches: Sequence[Sequence[Entry]]) -> bool:
    """Whether two branches may hold the same configuration."""
    always = [
        {entry.name: entry for entry in entries if _unconditional(columns, entry)}
        for entries in branches
    ]
    names = [{entry.name for entry in entries} for entries in branches]
    for b in range(len(branches)):
        for a in range(b):
            missing = always[a].keys() - names[b] or always[b].keys() - names[a]
            shared = always[a].keys() & always[b].keys()
            if not missing and not any(_disjoint(always[a][n], always[b][n]) for n in shared):
                return True
    return False


def _unconditional(columns: Sequence[Column], entry: Entry) -> bool:
    conditions = entry.conditions if entry.column is None else columns[entry.column].conditions
    return all(condition.column == 0 for condition in conditions)


def _disjoint(first: Entry, second: Entry) -> bool:
    """Whether two parameters have no value in common, as far as that is quick to say."""
    few, many = sorted((first.encoding, second.encoding), key=lambda encoding: encoding.n_values)
    if not isinstance(few, Discrete) or few.n_values > _LISTED:
        return False
    return all(many.position(few.item(i)) is None for i in range(int(few.n_values)))


def count(columns: Sequence[Column]) -> float:
    """The number of different configurations of `columns`."""
    needs = {
        j: {condition.column: condition.values for condition in column.conditions}
        for j, column in enumerate(columns)
    }
    return float(_count([column.n_values for column in columns], needs))


_Needs = dict[int, dict[int, frozenset[int]]]


def _count(sizes: Sequence[float], needs: _Needs) -> float:
    """Configurations of the columns in `needs`, of which some depend on others among them."""
    total: float = 1
    for part in _components(needs):
        first = min(part)
        rest = {j: part[j] for j in part if j != first}
        total *= _count_below(sizes, first, rest) if rest else sizes[first]
    return total


def _count_below(sizes: Sequence[float], parent: int, rest: _Needs) -> float:
    """Configurations of `parent` and of `rest`, summed over the values that differ in effect."""
    sets = {needs[parent] for needs in rest.values() if parent in needs}
    named = frozenset().union(*sets)
    groups: dict[frozenset[frozenset[int]], float] = {frozenset(): sizes[parent] - len(named)}
    for value in named:
        effect = frozenset(values for values in sets if value in values)
        groups[effect] = groups.get(effect, 0) + 1
    total: float = 0
    for effect, n_values in groups.items():
        if n_values > 0:
            total += n_values * _count(sizes, _given(parent, effect, rest))
    return total


def _given(parent: int, effect: frozenset[frozenset[int]], rest: _Needs) -> _Needs:
    """What is left of `rest` once `parent` has a value that lies in the sets `effect` only."""
    left: _Needs = {}
    gone: set[int] = set()
    for j in sorted(rest):
        needs = dict(rest[j])
        values = needs.pop(parent, None)
        if (values is not None and values not in effect) or gone & needs.keys():
            gone.add(j)
        else:
            left[j] = needs
    return left


def _components(needs: _Needs) -> list[_Needs]:
    """The columns in sets that do not depend on each other."""
    parts: list[_Needs] = []
    for j in sorted(needs):
        linked = [part for part in parts if part.keys() & needs[j].keys()]
        parts = [part for part in parts if not any(part is other for other in linked)]
        merged = {j: needs[j]}
        for part in linked:
            merged.update(part)
        parts.append(merged)
    return parts

"""Which of a run's own keys an error owes to, where it would blame a value that the default gives.

A condition that joins two keys blames the one that comes later, whoever wrote it.  What files of a user change of the
default is taken back, one key at a time: those keys without which the error is gone are to blame.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from openkerr.settings.text import UNSHOWN, Steps, lookup, place_of

__all__ = ["blamed_keys", "changes", "counterpart"]

MAX_CHANGES = 100
"""Changes that are taken back, one after the other; a check of a configuration takes some 30 ms."""


def blamed_keys(
    errors: list[ErrorDetails], mapping: Mapping[Any, Any], default: Mapping[Any, Any],
    check: Callable[[Mapping[Any, Any]], list[ErrorDetails]],
) -> dict[Steps, list[Steps]]:  # fmt: skip
    """Keys to blame by the place that an error blames, for those errors that blame what the default gives.

    Parameters
    ----------
    errors : list of ErrorDetails
        Of the mapping.
    mapping, default : mapping
        The configuration, and that of the file under all others.
    check : callable
        Errors of another mapping.

    Returns
    -------
    dict of place to list of places; the list is empty where no change alone is to blame.
    """
    changed = list(changes(mapping, default))
    inherited = [
        place
        for place in map(place_of, errors)
        if lookup(mapping, place) is not UNSHOWN and lookup(mapping, place) == counterpart(mapping, default, place)
    ]
    if not inherited or not changed or len(changed) > MAX_CHANGES:
        return {}
    before = {*map(place_of, errors)}
    found: dict[Steps, list[Steps]] = {place: [] for place in inherited}
    for change in changed:
        left = {*map(place_of, check(_taken_back(mapping, default, change)))}
        # What is now refused elsewhere may hide an error.
        for place in inherited if left <= before else ():
            # Of a list, the key of an entry that does it says more.
            if place not in left and not any(each[: len(change)] == change for each in found[place]):
                found[place].append(change)
    return found


def changes(value: Any, before: Any, place: Steps = ()) -> Iterator[Steps]:
    """Places whose values are not those of the default: the innermost ones, and behind them lists of other entries."""
    if isinstance(value, Mapping) and isinstance(before, Mapping):
        for key, child in value.items():
            yield from changes(child, before.get(key, UNSHOWN), (*place, key))
        return
    names, names_before = _names(value), _names(before)
    if names is not None and names_before is not None:
        for index, name in enumerate(names):
            if name in names_before:
                yield from changes(value[index], before[names_before.index(name)], (*place, index))
        if names != names_before:
            yield place
    elif value != before:
        yield place


def counterpart(mapping: Any, default: Any, place: Steps) -> Any:
    """Value of the default at a place, entries of lists by their names; `UNSHOWN` where it has none."""
    for step in place:
        names, names_before = _names(mapping), _names(default)
        mapping = lookup(mapping, [step])
        if names is not None and names_before is not None and isinstance(step, int) and step < len(names):
            if names[step] not in names_before:
                return UNSHOWN
            step = names_before.index(names[step])
        default = lookup(default, [step])
    return default


def _names(value: Any) -> list[str] | None:
    """Names of the entries of a list, where each has its own."""
    if not isinstance(value, list | tuple) or not value:
        return None
    given = [entry.get("name") if isinstance(entry, Mapping) else None for entry in value]
    names = [name for name in given if isinstance(name, str)]
    return names if len(names) == len(given) and len(set(names)) == len(names) else None


def _taken_back(mapping: Mapping[Any, Any], default: Mapping[Any, Any], place: Steps) -> Mapping[Any, Any]:
    """The configuration with the default's value at a place."""
    other = copy.deepcopy(mapping)
    before, parent = counterpart(mapping, default, place), lookup(other, place[:-1])
    if before is UNSHOWN:
        del parent[place[-1]]
    else:
        parent[place[-1]] = before
    return other

"""What Snakemake hands to a script, for running one without it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["Files", "Values"]


class Values(dict):
    """Named values as Snakemake hands them to a script: by attribute and by name."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Files(Values):
    """Named files that are walked through as paths, as Snakemake's are."""

    def __iter__(self) -> Iterator[str]:
        for value in self.values():
            yield from value if isinstance(value, list) else [value]

"""Bases of coherences |n><m| of one charge sector, pruned to what a mode needs.

With weights w of a U(1) symmetry, the block of charge k of a Liouvillian acts on the coherences |n><m| with
w·(n − m) = k.  They are ordered in runs: a run has fixed differences d = n − m and fixed m of all modes but the last,
whose m goes from ``low`` to ``high`` - 1 in steps of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from openkerr.algebra.symmetries import integer_nullspace


@dataclass(frozen=True)
class CoherenceBasis:
    """Coherences of one sector.

    Attributes
    ----------
    weights : (n_modes,) tuple of int
        Weights of the symmetry.
    charge : int
        k = w·(n − m).
    cutoffs : (n_modes,) tuple of int
        Fock states of each mode that exist at all.
    labels : (n_runs, 2 n_modes - 1) int
        d of all modes, then m of all modes but the last; in ascending order.
    low, high : (n_runs,) int
        Range of m of the last mode.
    """

    weights: tuple[int, ...]
    charge: int
    cutoffs: tuple[int, ...]
    labels: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def n_modes(self) -> int:
        """Number of modes."""
        return len(self.weights)

    @cached_property
    def starts(self) -> np.ndarray:
        """Index of the first coherence of each run, and the number of all: (n_runs + 1,)."""
        return np.concatenate([[0], np.cumsum(self.high - self.low)])

    @property
    def size(self) -> int:
        """Number of coherences."""
        return int(self.starts[-1])

    @cached_property
    def run(self) -> np.ndarray:
        """Number of the run of each coherence: (size,)."""
        return np.repeat(np.arange(len(self.low)), self.high - self.low)

    @property
    def last(self) -> np.ndarray:
        """m of the last mode of each coherence: (size,)."""
        return np.arange(self.size) - (self.starts[:-1] - self.low)[self.run]

    def differences(self, mode: int) -> np.ndarray:
        """d = n − m of a mode: (size,)."""
        return self.labels[self.run, mode]

    def occupations(self, mode: int) -> np.ndarray:
        """m of a mode: (size,)."""
        if mode == self.n_modes - 1:
            return self.last
        return self.labels[self.run, self.n_modes + mode]

    @cached_property
    def _keys(self) -> np.ndarray:
        return self.keys(self.labels)

    def keys(self, labels: np.ndarray) -> np.ndarray:
        """One number for each row of labels, ascending like them; -1 for labels that cannot exist."""
        sizes = np.array([2 * c - 1 for c in self.cutoffs] + list(self.cutoffs[:-1]))
        offset = np.array([c - 1 for c in self.cutoffs] + [0] * (self.n_modes - 1))
        shifted = labels + offset
        possible = ((shifted >= 0) & (shifted < sizes)).all(axis=1)
        strides = np.append(np.cumprod(sizes[:0:-1])[::-1], 1)
        return np.where(possible, shifted @ strides, -1)

    def find_runs(self, labels: np.ndarray) -> np.ndarray:
        """Numbers of the runs with some labels, -1 where there is none."""
        keys = self.keys(labels)
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where((keys >= 0) & (self._keys[place] == keys), place, -1)

    def index(self, labels: np.ndarray, last: np.ndarray) -> np.ndarray:
        """Indices of coherences by run labels and m of the last mode, -1 for those that are not in the basis."""
        return self.index_in_runs(self.find_runs(labels), last)

    def index_in_runs(self, runs: np.ndarray, last: np.ndarray) -> np.ndarray:
        """Indices of coherences by run and m of the last mode, -1 for those that are not in the basis."""
        inside = (runs >= 0) & (last >= self.low[runs]) & (last < self.high[runs])
        return np.where(inside, self.starts[:-1][runs] + last - self.low[runs], -1)

    def moved(self, vector: np.ndarray, other: CoherenceBasis) -> np.ndarray:
        """Vectors (..., size) in the coherences of another basis of the sector, zero where they have none here."""
        source = self.index(other.labels[other.run], other.last)
        return np.where(source >= 0, np.asarray(vector)[..., source], 0.0)

    def extent(self) -> tuple[int, ...]:
        """Greatest photon number of each mode, on either side of a coherence, plus one."""
        n = self.n_modes
        tops = [self.labels[:, n + mode] for mode in range(n - 1)] + [self.high - 1]
        return tuple(int((top + np.maximum(self.labels[:, mode], 0)).max()) + 1 for mode, top in enumerate(tops))

    def with_cutoffs(self, cutoffs: Sequence[int]) -> CoherenceBasis:
        """The same coherences among more Fock states, without those that are not below the cutoffs."""
        cutoffs = tuple(map(int, cutoffs))
        return clipped(CoherenceBasis(self.weights, self.charge, cutoffs, self.labels, self.low, self.high))

    def populations(self) -> np.ndarray:
        """Indices of the coherences with n = m, of charge zero."""
        zero = (self.labels[:, : self.n_modes] == 0).all(axis=1)
        return np.flatnonzero(zero[self.run])

    def partners(self) -> np.ndarray:
        """Index of |m><n| for each |n><m| of charge zero, -1 where it is not in the basis: (size,)."""
        labels = self.labels[self.run]
        d, last = labels[:, : self.n_modes], self.last
        m = labels[:, self.n_modes :] + d[:, :-1]
        return self.index(np.concatenate([-d, m], axis=1), last + d[:, -1])


def box_basis(weights: Sequence[int], charge: int, cutoffs: Sequence[int]) -> CoherenceBasis:
    """All coherences of a charge between Fock states below the cutoffs."""
    weights, cutoffs = tuple(map(int, weights)), tuple(map(int, cutoffs))
    ranges = [range(1 - cutoff, cutoff) for cutoff in cutoffs]
    labels, low, high = [], [], []
    for d in product(*ranges):
        if sum(w * each for w, each in zip(weights, d, strict=True)) != charge:
            continue
        firsts = [max(0, -each) for each in d]
        stops = [min(cutoff, cutoff - each) for cutoff, each in zip(cutoffs, d, strict=True)]
        for m in product(*(range(a, b) for a, b in zip(firsts[:-1], stops[:-1], strict=True))):
            labels.append((*d, *m))
            low.append(firsts[-1])
            high.append(stops[-1])
    if not labels:
        raise ValueError(f"charge is {charge}: no coherence below the cutoffs {cutoffs} has it")
    return CoherenceBasis(weights, charge, cutoffs, np.array(labels), np.array(low), np.array(high))


def from_mask(basis: CoherenceBasis, mask: np.ndarray) -> CoherenceBasis:
    """The runs of a basis cut to the hull of the coherences where ``mask`` (size,) holds; empty runs are left out."""
    index = np.flatnonzero(mask)
    if not len(index):
        raise ValueError("the mask holds nowhere: allowed is a mask that keeps a coherence")
    runs, last = basis.run[index], basis.last[index]
    kept, first = np.unique(runs, return_index=True)
    stop = np.append(first[1:], len(index)) - 1
    return CoherenceBasis(basis.weights, basis.charge, basis.cutoffs, basis.labels[kept], last[first], last[stop] + 1)


def grown(basis: CoherenceBasis, steps: int, margin: int) -> CoherenceBasis:
    """The basis with its neighbours.

    Parameters
    ----------
    steps : int
        Steps in d, along every direction of the lattice w·d = 0.
    margin : int
        Steps in m of every mode.
    """
    n = basis.n_modes
    in_m = [np.eye(2 * n - 1, dtype=int)[n + mode] for mode in range(n - 1)]
    in_d = [np.append(step, np.zeros(n - 1, dtype=int)) for step in lattice(basis.weights)]
    labels, low, high = basis.labels, basis.low, basis.high
    for directions in [in_m] * margin + [in_d] * steps:
        moved = [labels] + [labels + sign * step for step in directions for sign in (1, -1)]
        count = len(moved)
        labels, inverse = np.unique(np.concatenate(moved), axis=0, return_inverse=True)
        lows, highs = np.full(len(labels), np.iinfo(int).max), np.full(len(labels), -1)
        np.minimum.at(lows, inverse.ravel(), np.tile(low, count))
        np.maximum.at(highs, inverse.ravel(), np.tile(high, count))
        low, high = lows, highs
    return clipped(CoherenceBasis(basis.weights, basis.charge, basis.cutoffs, labels, low - margin, high + margin))


def boundary(basis: CoherenceBasis) -> np.ndarray:
    """Whether a coherence lacks a neighbour, inside or outside the cutoffs, that could be one: (size,) bool.

    Neighbours differ by one in m of a mode or by a step of the lattice w·d = 0; one with a negative photon number
    cannot be.
    """
    n = basis.n_modes
    labels, last = basis.labels[basis.run], basis.last
    left = [basis.occupations(mode) + basis.differences(mode) for mode in range(n)]
    result = np.zeros(basis.size, dtype=bool)
    steps = [np.eye(2 * n - 1, dtype=int)[n + mode] for mode in range(n - 1)]
    steps += [np.append(step, np.zeros(n - 1, dtype=int)) for step in lattice(basis.weights)]
    for step in steps:
        for sign in (1, -1):
            moved = sign * step
            possible = np.ones(basis.size, dtype=bool)
            for mode in range(n):
                in_m = moved[n + mode] if mode < n - 1 else 0
                possible &= (basis.occupations(mode) + in_m >= 0) & (left[mode] + in_m + moved[mode] >= 0)
            result |= possible & (basis.index(labels + moved, last) < 0)
    for sign in (1, -1):
        possible = (last + sign >= 0) & (left[-1] + sign >= 0)
        result |= possible & (basis.index_in_runs(basis.run, last + sign) < 0)
    return result


def clipped(basis: CoherenceBasis) -> CoherenceBasis:
    """The basis without what lies outside its cutoffs."""
    n, cutoffs = basis.n_modes, np.array(basis.cutoffs)
    d, m = basis.labels[:, :n], basis.labels[:, n:]
    low = np.maximum(basis.low, np.maximum(0, -d[:, -1]))
    high = np.minimum(basis.high, np.minimum(cutoffs[-1], cutoffs[-1] - d[:, -1]))
    left = m + d[:, :-1]
    kept = (low < high) & ((m >= 0) & (m < cutoffs[:-1]) & (left >= 0) & (left < cutoffs[:-1])).all(axis=1)
    return CoherenceBasis(basis.weights, basis.charge, basis.cutoffs, basis.labels[kept], low[kept], high[kept])


def scaled(
    basis: CoherenceBasis, vectors: np.ndarray, ratio: float, cutoffs: Sequence[int]
) -> tuple[CoherenceBasis, np.ndarray]:
    """A basis for photon numbers ``ratio`` times as large, and vectors carried over to it.

    The mean (n + m)/2 of every mode is stretched, d is kept: what is slow along the mean goes over, the phases that
    are written in d do not change.

    Parameters
    ----------
    vectors : (n_vectors, size) complex
    ratio : float
        At least one.
    cutoffs : sequence of int
        Fock states of the new basis.

    Returns
    -------
    basis : CoherenceBasis
    vectors : (n_vectors, size) complex
        Interpolated linearly in the last mode, by the nearest neighbour in the others.
    """
    n, cutoffs = basis.n_modes, tuple(map(int, cutoffs))
    reach = int(np.ceil(ratio)) + 1
    # Runs of the new basis whose nearest old run is in the old basis.
    copies = []
    for shifts in product(range(-reach, reach + 1), repeat=n - 1):
        d, m = basis.labels[:, :n], basis.labels[:, n:]
        target = np.rint((m + d[:, :-1] / 2) * ratio - d[:, :-1] / 2).astype(int) + np.array(shifts, dtype=int)
        copies.append(np.concatenate([d, target], axis=1))
    labels = np.unique(np.concatenate(copies), axis=0)
    d, m = labels[:, :n], labels[:, n:]
    old = np.concatenate([d, np.rint((m + d[:, :-1] / 2) / ratio - d[:, :-1] / 2).astype(int)], axis=1)
    runs = basis.find_runs(old)
    labels, d, runs = labels[runs >= 0], d[runs >= 0], runs[runs >= 0]
    half = d[:, -1] / 2
    low = np.floor((basis.low[runs] + half) * ratio - half).astype(int)
    high = np.ceil((basis.high[runs] - 1 + half) * ratio - half).astype(int) + 1
    new = clipped(CoherenceBasis(basis.weights, basis.charge, cutoffs, labels, low, high))
    d = new.labels[:, :n]
    old = np.concatenate([d, np.rint((new.labels[:, n:] + d[:, :-1] / 2) / ratio - d[:, :-1] / 2).astype(int)], axis=1)
    runs = basis.find_runs(old)[new.run]
    half = new.differences(n - 1) / 2
    place = (new.last + half) / ratio - half
    lower = np.floor(place).astype(int)
    carried = np.zeros((len(vectors), new.size), dtype=complex)
    for neighbour, share in ((lower, 1 - (place - lower)), (lower + 1, place - lower)):
        index = basis.index_in_runs(runs, neighbour)
        carried += np.where(index >= 0, share * np.asarray(vectors)[:, index], 0.0)
    return new, carried


def lattice(weights: Sequence[int]) -> list[np.ndarray]:
    """Basis of the whole vectors d with w·d = 0."""
    return [np.array(row, dtype=int) for row in integer_nullspace([list(weights)], len(weights))]

"""Who runs Snakemake in a folder: what its lock does not say, kept beside it, so that a lock of the dead can be told.

Every run names itself in a file of its own before it can lock anything, and takes the file away when it ends.  So the
owner of a lock is among the runs that were named before the lock was written, and it is gone if all of them are.  One
name for the folder would not do: runs of other targets, or at another scale, lock their own files beside each other.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from openkerr.runtime.io import atomic_output
from openkerr.runtime.provenance import digest

LOCKS = Path(".snakemake/locks")
OWNERS = Path(".snakemake/owners")
# Linux gives this number to the first namespace of processes, which is no container's.
OUTSIDE_CONTAINERS = "pid:[4026531836]"


@dataclass(frozen=True)
class RunOwner:
    """A process, told from all others: of other hosts, of other containers, before a reboot, of the same number."""

    host: str
    machine: str | None
    boot: str | None
    namespace: str | None
    process: int
    started: float | None


def this_process() -> RunOwner:
    """Return this process as a run's owner."""
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = None
    return RunOwner(
        host=socket.gethostname(),
        machine=_text("/etc/machine-id"),
        boot=_text("/proc/sys/kernel/random/boot_id"),
        namespace=namespace,
        process=os.getpid(),
        started=_started(os.getpid()),
    )


def name_run() -> None:
    """Name this process as a run in the working folder until it ends; forget the dead where nothing is locked."""
    owner = asdict(this_process())
    path = OWNERS.resolve() / f"{digest(owner)[:16]}.json"
    if path.exists():
        return
    if not any(LOCKS.glob("*.lock")):
        forget_gone()
    with atomic_output(path) as temporary:
        temporary.write_text(json.dumps(owner))
    atexit.register(_take_away, path, os.getpid())


def named_runs() -> dict[Path, RunOwner | None]:
    """Return the runs that are named in the working folder by their files; ``None`` for a file that cannot be read."""
    found: dict[Path, RunOwner | None] = {}
    for path in sorted(OWNERS.glob("[!.]*.json")):
        try:
            found[path] = RunOwner(**json.loads(path.read_text()))
        except FileNotFoundError:
            continue  # it has just ended
        except (OSError, ValueError, TypeError):
            found[path] = None
    return found


def forget_gone() -> None:
    """Delete the names of runs that are known to be gone."""
    for path, owner in named_runs().items():
        if owner is not None and is_gone(owner):
            path.unlink(missing_ok=True)


def is_gone(owner: RunOwner) -> bool:
    """Tell whether a run is known to have ended: its process, or all that ran on this machine before a reboot."""
    here = this_process()
    if _was_rebooted(owner, here):
        return True
    return out_of_sight(owner) is None and _started(owner.process) != owner.started


def out_of_sight(owner: RunOwner) -> str | None:
    """Return where a run is whose process cannot be seen from here, or ``None`` if it can."""
    here = this_process()
    if owner.host != here.host:
        return f"on another host, {owner.host}"
    if owner.boot != here.boot:
        return f"on another machine of the name {owner.host}, or before a reboot"
    if owner.namespace != here.namespace:
        return "in another container"
    return None


def _was_rebooted(owner: RunOwner, here: RunOwner) -> bool:
    """Tell whether this machine was rebooted since: not a container of the same name, nor another machine of it."""
    known = None not in (owner.machine, owner.boot, here.boot)
    return (
        known
        and (owner.host, owner.machine) == (here.host, here.machine)
        and owner.boot != here.boot
        and owner.namespace == here.namespace == OUTSIDE_CONTAINERS
    )


def _started(process: int) -> float | None:
    """When a living process began; ``None`` if there is none, or only what is left of a dead one."""
    try:
        found = psutil.Process(process)
        if found.status() == psutil.STATUS_ZOMBIE:
            return None
        # In ticks since the boot where there are such: a time of day changes when the clock is set.
        if psutil.LINUX:
            return float(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19])
        return found.create_time()
    except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
        return None


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text().strip() or None
    except OSError:
        return None


def _take_away(path: Path, process: int) -> None:
    # A forked child leaves its parent's name alone.
    if os.getpid() == process:
        path.unlink(missing_ok=True)

"""Clear the locks that killed Snakemake runs left in this folder, unless a run may still be at work.

Snakemake's locks do not name their owners, but every run of this workflow names itself: openkerr.runtime.run_owner.  A
lock of which nothing is known is left alone.  Jobs that outlive a killed run still write their outputs: they are waited
for.
"""

import os
import re
import sys
import time
from pathlib import Path

import psutil

from openkerr.runtime.folder_lock import FolderLockError, lock_folder
from openkerr.runtime.run_owner import LOCKS, OWNERS, forget_gone, is_gone, named_runs, out_of_sight

BY_HAND = f"If it has ended: rm -r {OWNERS}; snakemake --unlock"


def is_snakemake(command: list[str]) -> bool:
    """Tell whether a command line is that of Snakemake, by whatever interpreter, options or launcher."""
    return any(Path(word).name == "snakemake" or re.fullmatch("-[A-Za-z]*msnakemake", word) for word in command)


def is_job(command: list[str]) -> bool:
    """Tell whether a command line runs one of Snakemake's script jobs."""
    return any(".snakemake/scripts/" in word for word in command)


def find(matches) -> list[int]:
    """List the processes of this user, in this folder, whose command line matches."""
    found = []
    here = Path.cwd().resolve()
    for process in psutil.process_iter():
        try:
            if (
                process.uids().real == os.getuid()
                and process.status() != psutil.STATUS_ZOMBIE
                and matches(process.cmdline())
                and Path(process.cwd()).resolve() == here
            ):
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found


def refusal(locks: list[Path]) -> str | None:
    """Return why the locks must stay, in one line, or None if their owners are known to be gone."""
    written = [lock.stat() for lock in locks]
    if any(lock.st_uid != os.getuid() for lock in written):
        return "This folder is locked by a Snakemake run of another user."
    runs = named_runs()
    for owner in runs.values():
        if owner is None:
            return f"This folder is locked by a Snakemake run that cannot be read in {OWNERS}. {BY_HAND}"
        if is_gone(owner):
            continue
        if (where := out_of_sight(owner)) is None:
            return f"This folder is locked by a Snakemake run that is still at work: process {owner.process}."
        return f"This folder is locked by a Snakemake run {where}: process {owner.process}. {BY_HAND}"
    # A run names itself before it locks: without a name from before, the lock is somebody else's.
    named = [path.stat().st_mtime_ns for path in runs]
    if not named or min(named) > min(lock.st_mtime_ns for lock in written):
        return f"This folder is locked by a Snakemake run of which nothing is known. {BY_HAND}"
    if running := find(is_snakemake):
        return f"This folder is locked, and Snakemake is at work in it: process {running[0]}."
    return None


def clear(locks: list[Path]) -> None:
    """Clear locks whose owners are gone, once the jobs that outlived them have ended."""
    if jobs := find(is_job):
        print(f"Waiting for {len(jobs)} job(s) of a killed run to end: {', '.join(map(str, jobs))}", file=sys.stderr)
        while find(is_job):
            time.sleep(0.5)
    print("Clearing the lock of a Snakemake run that is gone.", file=sys.stderr)
    # These and no others: a run of other targets may have begun meanwhile, whose locks are numbered on from them.
    for lock in locks:
        lock.unlink(missing_ok=True)


def main() -> int:
    """Unlock if that is safe; say why if it is not."""
    if any(LOCKS.glob("*.lock")):
        OWNERS.mkdir(exist_ok=True)
        try:
            one_at_a_time = lock_folder(OWNERS)
        except FolderLockError as error:
            print(f"The locks of this folder are being cleared: {OWNERS} {error}", file=sys.stderr)
            return 1
        try:
            # Another may have cleared them, and have begun to run.
            locks = list(LOCKS.glob("*.lock"))
            if locks and (why := refusal(locks)) is not None:
                print(why, file=sys.stderr)
                return 1
            clear(locks)
        finally:
            one_at_a_time.release()
    forget_gone()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Clear the lock that a killed Snakemake run left in this folder, unless its owner may still be at work.

Snakemake's lock does not name its owner, who is taken for gone when no Snakemake process of this user works
in this folder on this host. Jobs that outlive a killed run still write their outputs: they are waited for.
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

LOCKS = Path(".snakemake/locks")
# The host of the latest run: on a shared file system the owner may work where its process cannot be seen.
HOST = Path(".snakemake/host")


def is_snakemake(command: list[str]) -> bool:
    """Tell whether a command line is that of Snakemake: `snakemake ...` or `python -m snakemake ...`."""
    names = [Path(word).name for word in command[:3]]
    return names[:1] == ["snakemake"] or (
        "".join(names[:1]).startswith("python") and (names[1:2] == ["snakemake"] or command[1:3] == ["-m", "snakemake"])
    )


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


def main() -> int:
    """Unlock if that is safe; say why if it is not. Arguments are handed to `snakemake --unlock`."""
    locks = list(LOCKS.glob("*.lock"))
    host = socket.gethostname()
    if locks:
        if any(lock.stat().st_uid != os.getuid() for lock in locks):
            print("This folder is locked by a Snakemake run of another user.", file=sys.stderr)
            return 1
        if HOST.exists() and HOST.read_text() != host:
            print(
                "This folder is locked by a Snakemake run on another host. Has it ended? snakemake --unlock",
                file=sys.stderr,
            )
            return 1
        if owners := find(is_snakemake):
            print(
                f"This folder is locked by a Snakemake run that is still at work: process {owners[0]}.",
                file=sys.stderr,
            )
            return 1
        if jobs := find(is_job):
            print(
                f"Waiting for {len(jobs)} job(s) of a killed run to end: {', '.join(map(str, jobs))}",
                file=sys.stderr,
            )
            while find(is_job):
                time.sleep(0.5)
        print("Clearing the lock of a Snakemake run that is gone.", file=sys.stderr)
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", "--unlock", "--cores", "1", *sys.argv[1:]], check=False
        )
        if done.returncode:
            return done.returncode
    HOST.parent.mkdir(exist_ok=True)
    HOST.write_text(host)
    return 0


if __name__ == "__main__":
    sys.exit(main())

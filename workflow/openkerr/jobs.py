"""What every job of the workflow does around its own work: log, time it, and state where its result comes from."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from openkerr.provenance import run_facts


class Job:
    """One job while it runs.

    Parameters
    ----------
    params : mapping
        All that decides the result, plain JSON values; among them ``fingerprint``.
    n_threads : int
        Threads that the job was given.
    """

    def __init__(self, params: Mapping[str, Any], n_threads: int):
        self.params = dict(params)
        self.n_threads = n_threads
        self.log = logging.getLogger("openkerr")
        self._began = time.perf_counter()

    def run_facts(self) -> dict[str, Any]:
        """Revision, versions, machine and the time since the job began."""
        return run_facts(time.perf_counter() - self._began, self.n_threads)

    def provenance(self, **inputs: Any) -> dict[str, Any]:
        """Parameters, seed, fingerprint and run facts, with the job's inputs where they carry provenance themselves."""
        parameters = {name: value for name, value in self.params.items() if name not in ("seed", "fingerprint")}
        return {
            "parameters": parameters,
            "seed": self.params.get("seed"),
            "fingerprint": self.params["fingerprint"],
            "run": self.run_facts(),
            **inputs,
        }


@contextmanager
def job(params: Mapping[str, Any], log: str, n_threads: int = 1) -> Iterator[Job]:
    """Run a job's own work; its messages, and the traceback of an uncaught exception, go to the log file."""
    handler = logging.FileHandler(log, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    logger = logging.getLogger("openkerr")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    current = Job(params, n_threads)
    try:
        yield current
        logger.info("done in %.1f s", current.run_facts()["elapsed_seconds"])
    except BaseException:
        logger.error("failed\n%s", traceback.format_exc())
        raise
    finally:
        logger.removeHandler(handler)
        handler.close()

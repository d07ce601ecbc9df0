"""Print, as JSON, which rules get which key of the configuration, by what name: ``python planned_keys.py CONFIG``.

Every value of the checked configuration is replaced by one of the same number that knows its key; Snakemake plans a
run; what the jobs get as parameters or resources is searched for these.  Values that name files, or are computed with
before the job gets them, are not found so.
"""

import json
import sys

import snakemake.cli
import snakemake.dag
from pydantic import BaseModel

import openkerr.run.config

FOUND: dict[str, set[tuple[str, str]]] = {}


class MarkedFloat(float):
    """A float that knows its key."""


class MarkedInt(int):
    """A whole number, or a truth value, that knows its key."""


class MarkedText(str):
    """A text that knows its key."""


def marked(value, key):
    """The same value with its keys noted; the keys of entries of lists are those of the list."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            # Sections are frozen.
            value.__dict__[name] = marked(getattr(value, name), f"{key}.{name}".lstrip("."))
        return value
    if isinstance(value, tuple):
        return tuple(marked(item, key) for item in value)
    kinds = {float: MarkedFloat, int: MarkedInt, bool: MarkedInt, str: MarkedText}
    FOUND.setdefault(key, set())
    if type(value) not in kinds:
        return value
    copy = kinds[type(value)](value)
    copy.key = key
    return copy


def search(value, rule, name):
    """Note the keys of all marked values inside one, which the rule knows by a name."""
    if hasattr(value, "key"):
        FOUND[value.key].add((rule, name))
    elif isinstance(value, dict):
        for inner, item in value.items():
            search(item, rule, inner)
    elif isinstance(value, list | tuple | set):
        for item in value:
            search(item, rule, name)


def main(configuration):
    """Plan a run, and print what was found."""
    check, postprocess = openkerr.run.config.validate_config, snakemake.dag.DAG.postprocess

    def checked(*arguments, **settings):
        return marked(check(*arguments, **settings), "")

    async def planned(dag, *arguments, **settings):
        await postprocess(dag, *arguments, **settings)
        for job in dag.jobs:
            params = dict(job.params.items())
            if job.rule.name.startswith("figure_"):
                # The other settings of a figure are those of its caption.
                params = {name: params[name] for name in ("drawn", "dpi")}
            search(params, job.rule.name, "")

    openkerr.run.config.validate_config = checked
    snakemake.dag.DAG.postprocess = planned
    try:
        snakemake.cli.main(["-n", "-q", "--configfile", configuration])
    except SystemExit as end:
        if end.code:
            raise
    print(json.dumps({key: sorted(rules) for key, rules in FOUND.items()}))


if __name__ == "__main__":
    main(sys.argv[1])

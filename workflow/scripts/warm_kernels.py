"""Compile the kernels that a model's simulations use, so that jobs started together load them from disk."""

import json

from openkerr.runtime.cache import compiled_mark, compiling
from openkerr.runtime.io import atomic_output
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import code_of_rule, fingerprint

with job(snakemake) as current:
    params = snakemake.params
    asked = {name: value for name, value in params.items() if name not in ("of_rule", "fingerprint")}
    # With this in the cache all machine code is there, from whatever run.
    compiled = compiled_mark(params.model, [asked, fingerprint(*code_of_rule("warm_kernels"))])
    # Jobs of other rules that are started together wait, and find the machine code.
    with compiling(compiled):
        if compiled.exists():
            current.log.info("the kernels of %s are compiled", params.model)
        else:
            # Imported only here: the library of solvers takes longer to start than all else that this job does.
            from openkerr.studies.kernels import compile_kernels

            compile_kernels(
                params.model,
                params.variants,
                params.replica_steppers,
                params.clone_steppers,
                params.splitting_steps,
            )
            with atomic_output(compiled) as path:
                path.write_text(json.dumps(current.run_facts(), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    with atomic_output(snakemake.output[0]) as path:
        path.write_text(json.dumps(current.run_facts(), indent=2, sort_keys=True) + "\n", encoding="utf-8")

"""Front door of openkerr: parameters, raw simulation, derived tables, figures; data flows one way."""

from snakemake.utils import min_version

min_version("9.27")


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/kernels.smk"
include: "workflow/rules/torus.smk"
include: "workflow/rules/torus_gaps.smk"
include: "workflow/rules/attractors.smk"
include: "workflow/rules/linear_noise.smk"
include: "workflow/rules/trapped_ion.smk"
include: "workflow/rules/melting.smk"
include: "workflow/rules/switching.smk"
include: "workflow/rules/liouvillian.smk"
include: "workflow/rules/chain.smk"
include: "workflow/rules/chain_ensembles.smk"
include: "workflow/rules/chain_wave.smk"
include: "workflow/rules/chain_chaos.smk"
include: "workflow/rules/chain_metastability.smk"
include: "workflow/rules/chain_cumulants.smk"
include: "workflow/rules/chain_transport.smk"
include: "workflow/rules/chain_thermodynamics.smk"
include: "workflow/rules/chain_dimer.smk"
include: "workflow/rules/steppers.smk"
include: "workflow/rules/extensions.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/claims.smk"


rule all:
    default_target: True
    input:
        rules.torus.input,
        rules.chain.input,
        rules.steppers.input,
        rules.extensions.input,
        rules.claims.output,

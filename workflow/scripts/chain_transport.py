"""Currents, heat, balances, powers of the length and conductivities of all series of chains."""

import pandas as pd

from openkerr.analysis.batches import join_batches
from openkerr.analysis.chain_transport import (
    balance_table,
    chains_of_series,
    local_equilibria,
    scaling_table,
    transport_table,
)
from openkerr.analysis.green_kubo import conductivity_row, integral_rows
from openkerr.analysis.roughening import exponent_table, linear_structure, structure_table
from openkerr.analysis.wave_currents import linear_fluctuations, linear_means
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.runtime.io import group_raw, read_raw
from openkerr.runtime.jobs import job
from openkerr.studies.chain_transport import tables
from openkerr.studies.chain_wave.scan import wave_if_any, wave_state
from openkerr.tables.files import write_table

with job(snakemake) as current:
    params = snakemake.params
    chains = []
    for _, paths in sorted(group_raw(snakemake.input.raw, "drive_amplitude").items()):
        chains += chains_of_series(join_batches([read_raw(path) for path in paths]))
    sampled = {(chain.length, chain.parameters["drive_amplitude"]): chain for chain in chains}
    for wave in params.waves:
        parameters = params.model | {"length": wave["length"], "drive_amplitude": wave["drive_amplitude"]}
        model = BoseHubbardChain(**parameters)
        state, missing = wave_if_any(model)
        if state is None:
            current.log.warning("%s", missing)
            continue
        fluctuations = linear_fluctuations(
            state.field, state.jacobian, model.site_losses(), model.site_occupations(), model.kerr
        )
        chains.append(linear_means(state.field, *fluctuations, parameters))
        current.log.info("linear fluctuations of the wave of %d sites", wave["length"])
    rings = join_batches([read_raw(path) for path in snakemake.input.rings])
    conductivities, integrals = [], []
    for index in range(rings.sizes["point"]):
        point = rings.isel(point=index)
        chain = sampled[point["length"].item(), point["drive_amplitude"].item()]
        (local,) = local_equilibria(chain, [point["site"].item()])
        conductivities.append(conductivity_row(point, chain, local, params.gradient_half_width))
        integrals.append(integral_rows(point))
    phases = read_raw(snakemake.input.phases)
    roughening, exponents = (
        pd.DataFrame(columns=schema.column_names)
        for schema in (tables.CHAIN_ROUGHENING, tables.CHAIN_ROUGHENING_EXPONENTS)
    )
    if phases.sizes["trajectory"]:
        point = {name: phases[name].item() for name in ("length", "drive_amplitude")}
        model = BoseHubbardChain(**params.model | point)
        state = wave_state(model)
        covariance, _ = linear_fluctuations(
            state.field, state.jacobian, model.site_losses(), model.site_occupations(), model.kerr
        )
        sites, lags = phases["site"].values, phases["lag"].values
        linear = linear_structure(state.field, state.jacobian, covariance, sites, lags)
        roughening = structure_table(phases, linear)
        exponents = exponent_table(phases, linear, params.roughening_windows)
    balance = pd.concat([balance_table(chain) for chain in chains], ignore_index=True)
    frames = {
        tables.CHAIN_TRANSPORT: pd.concat([transport_table(chain, params.thermometer_spacing) for chain in chains]),
        tables.CHAIN_TRANSPORT_BALANCE: balance,
        tables.CHAIN_TRANSPORT_SCALING: scaling_table(balance, tables.CHAIN_TRANSPORT_SCALING.column_names),
        tables.CHAIN_CONDUCTIVITY: pd.DataFrame(conductivities, columns=tables.CHAIN_CONDUCTIVITY.column_names),
        tables.CHAIN_ROUGHENING: roughening,
        tables.CHAIN_ROUGHENING_EXPONENTS: exponents,
        tables.CHAIN_GREEN_KUBO: pd.concat([pd.DataFrame(columns=tables.CHAIN_GREEN_KUBO.column_names), *integrals]),
    }
    provenance = current.provenance()
    for schema, frame in frames.items():
        write_table(schema, frame.reset_index(drop=True), snakemake.output[schema.name], provenance)

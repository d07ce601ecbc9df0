"""Currents, heat, balances and powers of the length of all series of chains."""

import pandas as pd

from openkerr.analysis.batches import join_batches
from openkerr.analysis.chain_transport import balance_table, chains_of_series, scaling_table, transport_table
from openkerr.analysis.wave_currents import linear_fluctuations, linear_means
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.runtime.io import group_raw, read_raw
from openkerr.runtime.jobs import job
from openkerr.studies.chain_transport.tables import CHAIN_TRANSPORT, CHAIN_TRANSPORT_BALANCE, CHAIN_TRANSPORT_SCALING
from openkerr.studies.chain_wave.scan import wave_state
from openkerr.tables.files import write_table

with job(snakemake) as current:
    params, output = snakemake.params, snakemake.output
    provenance = current.provenance()
    chains = []
    for _, paths in sorted(group_raw(snakemake.input.raw, "drive_amplitude").items()):
        chains += chains_of_series(join_batches([read_raw(path) for path in paths]))
    for wave in params.waves:
        parameters = params.model | {"length": wave["length"], "drive_amplitude": wave["drive_amplitude"]}
        model = BoseHubbardChain(**parameters)
        state = wave_state(model)
        fluctuations = linear_fluctuations(state.field, state.jacobian, model.site_losses(), model.kerr)
        chains.append(linear_means(state.field, *fluctuations, parameters))
        current.log.info("linear fluctuations of the wave of %d sites", wave["length"])
    balance = pd.concat([balance_table(chain) for chain in chains], ignore_index=True)
    for schema, frame in (
        (CHAIN_TRANSPORT, pd.concat([transport_table(chain, params.thermometer_spacing) for chain in chains])),
        (CHAIN_TRANSPORT_BALANCE, balance),
        (CHAIN_TRANSPORT_SCALING, scaling_table(balance, CHAIN_TRANSPORT_SCALING.column_names)),
    ):
        write_table(schema, frame.reset_index(drop=True), output[schema.name], provenance)

"""The chain in units of a circuit, as a table."""

from openkerr.analysis.chain_circuit import circuit_table
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.runtime.jobs import job
from openkerr.studies.chain_wave.tables import CHAIN_CIRCUIT
from openkerr.tables.files import write_table

with job(snakemake) as current:
    params = snakemake.params
    chain = BoseHubbardChain(**params.model, length=params.length, drive_amplitude=params.drive_amplitude)
    try:
        # The bulk of the wave holds most photons: the wave without ends.
        photon_number = float(abs(chain.plane_wave("gpe")[0][0]) ** 2)
    except ValueError as error:
        current.log.warning("no wave, whose photons would shift the resonators: %s", error)
        photon_number = 0.0
    frame = circuit_table(params.model, params.circuit, params.drive_amplitude, photon_number)
    write_table(CHAIN_CIRCUIT, frame, snakemake.output.table, current.provenance())

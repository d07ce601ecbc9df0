"""Transport along the chain: currents against length, heat, conductivities, and roughening of the wave."""

"""From raw simulation data to estimates with standard errors."""

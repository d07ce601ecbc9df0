"""Two sites of the chain, exact and by truncated Wigner."""

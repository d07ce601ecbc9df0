"""Phase diagram of the chain."""

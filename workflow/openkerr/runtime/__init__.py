"""Ground floor: files, checkpoints, locks, origins: what carries results without deciding them."""

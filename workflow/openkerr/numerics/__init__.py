"""Ground floor: noise, compiled code, statistics."""

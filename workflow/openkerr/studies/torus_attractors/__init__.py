"""Classical attractors of the two cavities, and linear noise about them."""

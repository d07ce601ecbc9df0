"""The resonant nonlinear wave without sampling."""

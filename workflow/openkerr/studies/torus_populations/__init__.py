"""Photon numbers of the two cavities against time."""

"""What the chains of a series keep of every site."""

from __future__ import annotations

MOMENTS = ("re_a", "im_a", "abs2", "abs4")
QUANTITIES = (*MOMENTS, "near_re", "near_im", "dense_im", "next_im")
"""Moments of site l, and parts of <alpha_l* alpha_{l+1}>, <|alpha_{l+1}|² alpha_l* alpha_{l+1}> and
<alpha_l* alpha_{l+2}>, which are NaN where the chain has ended."""

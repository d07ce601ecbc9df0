"""The ledger of claims and its verdicts."""

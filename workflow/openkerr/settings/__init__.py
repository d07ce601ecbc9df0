"""Fields and checks of the configuration and of the ledger of claims, and the texts of their errors."""

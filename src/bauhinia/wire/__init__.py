"""JSON forms of the ledger's dataclasses, the types of the API, the Python client."""

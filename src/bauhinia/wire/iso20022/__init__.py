"""ISO 20022 messages between the ledger's agents and payment systems: written, and read from whoever sent them."""

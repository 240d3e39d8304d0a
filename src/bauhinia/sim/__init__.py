"""Random markets, workloads and fault injection; may import everything, and nothing imports it."""

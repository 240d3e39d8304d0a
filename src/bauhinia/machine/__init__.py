"""Steps, blocks, the agenda of duties, apply, evolve, digests, snapshots."""

"""The tamper-evident log, pure: events, leaves, the Merkle tree, signed checkpoints, checks, export."""

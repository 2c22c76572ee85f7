"""Proofs of groundup.classical."""

"""Proofs of groundup.data."""

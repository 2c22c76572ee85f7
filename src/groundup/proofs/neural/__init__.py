"""Proofs of groundup.neural."""

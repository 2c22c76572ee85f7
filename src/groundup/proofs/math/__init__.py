"""Proofs of groundup.math."""

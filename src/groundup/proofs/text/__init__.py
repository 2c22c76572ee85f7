"""Proofs of groundup.text."""

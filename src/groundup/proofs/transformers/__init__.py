"""Proofs of groundup.transformers."""

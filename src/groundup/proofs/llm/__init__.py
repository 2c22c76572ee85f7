"""Proofs of groundup.llm."""

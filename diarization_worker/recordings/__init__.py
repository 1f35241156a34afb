"""Whole recordings: who spoke when."""

"""Whole recordings over HTTP: what is asked for, how it stands, what came of it."""

"""Whole recordings: fetched, decoded, cut, ordered in parts from the other workers, assembled."""

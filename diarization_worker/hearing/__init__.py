"""A stretch of audio → the voices in it, and when each is heard."""

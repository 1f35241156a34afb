"""The client of the TCP protocol."""

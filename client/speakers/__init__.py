"""The registry of voices as a client sees it: at a server, or in this process."""

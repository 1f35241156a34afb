"""The end of the way: results become a session's events, once each and in order."""

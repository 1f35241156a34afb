"""The TCP front of the gateway: telephony and embedded clients."""

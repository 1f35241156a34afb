"""Writes docs/protocol.md out of the messages in `contract`, so that the two never differ."""

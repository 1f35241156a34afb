"""The second stage: who said it, told by the voice."""

"""The front door: audio in, utterances to the workers, events back to the client."""

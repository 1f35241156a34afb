"""The first stage: an utterance's audio becomes words with times."""

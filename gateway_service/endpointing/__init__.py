"""Where utterances begin and end: pure decisions over 30 ms frames of audio."""

"""A conversation's way in, whatever it comes over: audio to utterances, utterances to work owed."""

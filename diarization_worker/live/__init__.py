"""Live sessions: utterance by utterance, whose voices these are."""

"""Who is active when within some seconds of audio, whoever they are."""

"""Speaker recognition over HTTP: recordings in, voices told; the work is diarization workers'."""

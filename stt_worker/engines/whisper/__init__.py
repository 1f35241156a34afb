"""OpenAI's Whisper in PyTorch: what is waiting is encoded, decoded and aligned in one batch."""

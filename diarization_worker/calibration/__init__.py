"""What the cosine of two embeddings means."""

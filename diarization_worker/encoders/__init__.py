"""Speaker encoders: speech to vectors that tell voices apart."""

"""What whole recordings cost."""

"""The registry of voice prints: register, identify, delete, draw."""

"""The embedded encoder, CAM++."""

"""What the three kinds of workers have in common: start, heartbeat, leases, batching."""

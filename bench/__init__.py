"""The benchmarks: what the pipeline itself costs, and what it does with real engines."""

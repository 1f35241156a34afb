"""The whole of Sori on this one machine, without containers: what `make up` and `make demo` run."""

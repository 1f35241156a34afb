"""CMU Sphinx: English, with weights that come inside the package. It proves the pipeline."""

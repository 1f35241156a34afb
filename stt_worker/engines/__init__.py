"""The recognisers, one file or folder each, all behind `stt_worker.engine.Engine`."""

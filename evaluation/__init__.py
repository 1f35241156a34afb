"""How well speakers are told apart, as tables: `python -m evaluation`, `make eval-speakers`."""

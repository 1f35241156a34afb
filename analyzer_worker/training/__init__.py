"""How the embedded sentiment model is made, and measured."""

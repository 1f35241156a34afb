"""How the whole system is doing, for clients, people and machines."""

"""The commands of `sori`, each a module of its own."""

"""What the project is kept in order with: shell scripts, and the generator of docs/protocol.md."""

"""How a session is shown: live on a terminal, as plain lines, as JSON."""

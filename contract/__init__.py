"""What two processes must agree on: messages, names, errors, settings, logging. Nothing heavy."""

"""Whom to believe that it is the server: certificates for `https` and `wss`."""

import ssl
from pathlib import Path

from client.errors import CertificateError


def trusting(ca: Path | None) -> ssl.SSLContext:
    """The authorities that this machine trusts, and those in the PEM file `ca`.

    A self-signed certificate is its own authority. Raises CertificateError.
    """
    context = ssl.create_default_context()
    if ca is not None:
        try:
            context.load_verify_locations(ca)
        except OSError as error:  # ssl.SSLError is one, too
            raise CertificateError(f"{ca} holds no certificate: {error.strerror}") from error
    return context

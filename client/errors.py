"""What can go wrong on the client's side, beside what contract.errors already names."""

from contract.errors import PermanentError, TransientError


class ConnectionLostError(TransientError):
    """The connection is gone; the session can be resumed over another one."""

    code = "CONNECTION_LOST"


class ServerUnreachableError(ConnectionLostError):
    """No connection could be made."""

    code = "SERVER_UNREACHABLE"


class AddressError(PermanentError):
    """No address that a server could have."""

    code = "BAD_ADDRESS"


class CertificateError(PermanentError):
    """A file that should hold the certificate to trust does not."""

    code = "BAD_CERTIFICATE"


class NotSoriError(PermanentError):
    """Whoever answers at this address doesn't speak the protocol."""

    code = "NOT_SORI"


class EventsMissingError(PermanentError):
    """The server skips events even after resuming."""

    code = "EVENTS_MISSING"


class AudioLostError(PermanentError):
    """The server needs audio again that is no longer kept here."""

    code = "AUDIO_LOST"


class RefusedError(PermanentError):
    """The server said no to a request; the text is its own."""

    code = "REFUSED"


class PolicyError(PermanentError):
    """The server closed the connection because of what the client did; the text says of what."""

    code = "POLICY"


class TooLargeError(PermanentError):
    """A frame was larger than the server takes."""

    code = "TOO_LARGE"


class SessionOverError(PermanentError):
    """The session has ended; nothing can be sent any more."""

    code = "SESSION_OVER"


class SourceError(PermanentError):
    """Audio that can't be read, with the reason."""

    code = "UNREADABLE_AUDIO"


class LocalUnavailableError(PermanentError):
    """What was to be done without a server needs packages that are not installed here."""

    code = "LOCAL_UNAVAILABLE"

"""The error of a simulator process itself, beside those that the called function raises."""


class ProcessLostError(Exception):
    """The process died, or does not answer; another attempt may succeed.

    Attributes:
        exit_code: negative for a signal, as in ``subprocess``; ``None`` if the process did not end by itself.
    """

    def __init__(self, message: str, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code

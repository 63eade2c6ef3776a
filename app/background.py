"""Work of a process that goes on in threads of its own, beside what it is asked."""

from threading import Event, Thread


class Background:
    """Runs ``_loop``, which a subclass has, in a thread for each name.

    A loop ends once ``_stopping`` is set. The threads are daemons: they do not keep a process alive.
    """

    def __init__(self, *names: str) -> None:
        self._stopping = Event()
        self._threads = [Thread(target=self._loop, name=name, daemon=True) for name in names]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads, and wait until what they do has ended."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _loop(self) -> None:
        raise NotImplementedError

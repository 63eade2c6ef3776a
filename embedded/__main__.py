"""``python -m embedded``: the supervisor behind ``make run``."""

import argparse
import math
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from dotenv import load_dotenv

from app.settings.declaration import SettingsError
from app.settings.servers import AddressSettings
from app.settings.workers import WorkerSettings
from embedded.data_dir import close_to_others, keep_new_files_private, lock_data_dir
from embedded.disk import Disk
from embedded.errors import EmbeddedError, StopRequestedError
from embedded.launch import set_death_signal
from embedded.stack import Stack
from embedded.supervisor import Supervisor
from embedded.terminal import Terminal

PROJECT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Run Qloom until Ctrl-C or SIGTERM; return 1 after one line that says why it could not."""
    parser = argparse.ArgumentParser(prog="python -m embedded", description=__doc__)
    parser.add_argument(
        "--end-with-parent",
        action="store_true",
        help="stop when the process that started this ends (Linux)",
    )
    parser.add_argument("--project", type=Path, default=PROJECT, help="the folder with the Procfile and .env")
    options = parser.parse_args(arguments)
    if options.end_with_parent:
        set_death_signal(signal.SIGTERM)
    # a setting in the environment wins over one in .env
    load_dotenv(options.project / ".env")
    terminal = Terminal()
    try:
        settings = AddressSettings.from_env()
        grace_seconds = WorkerSettings.from_env().worker_grace_seconds
        keep_new_files_private()
        return _run_when_there_is_room(terminal, settings, grace_seconds, options.project)
    except StopRequestedError:
        return 0
    except (EmbeddedError, SettingsError) as error:
        terminal.say(str(error))
    except OSError as error:
        terminal.say(f"{error} (set QLOOM_DATA_DIR to a folder on a disk with room)")
    return 1


def _run_when_there_is_room(
    terminal: Terminal, settings: AddressSettings, grace_seconds: float, project: Path
) -> int:
    """Run the stack. If it fails because the disk is full, try again when there is room.

    Raises:
        EmbeddedError, OSError: the stack cannot start, for another reason than a full disk.
        StopRequestedError: a stop was asked for while the disk was full.
    """
    disk = Disk(settings.data_dir, terminal)
    supervisor = Supervisor(terminal)
    supervisor.handle_signals()
    while True:
        try:
            with lock_data_dir(settings.data_dir):
                close_to_others(settings.data_dir)
                stack = Stack(supervisor, terminal, settings, grace_seconds, project, disk)
                return _run(supervisor, terminal, stack, disk)
        except (EmbeddedError, OSError) as error:
            if not disk.is_cause_of(error):
                raise
        supervisor = supervisor.successor()
        disk.tell("Qloom waits for room")
        supervisor.wait_until(disk.has_room, math.inf, "the disk")
        supervisor = supervisor.successor()


def _run(supervisor: Supervisor, terminal: Terminal, stack: Stack, disk: Disk) -> int:
    try:
        stack.start()
        terminal.say(f"API {stack.api_url}/api, Flower {stack.flower_url}")
        terminal.say(f"open the console at {stack.api_url}/console/; Ctrl-C stops everything")
        supervisor.run()
    except StopRequestedError:
        return 0
    except (EmbeddedError, OSError) as error:
        if disk.is_cause_of(error):
            supervisor.stop()  # without a message: it is started again
        raise
    finally:
        if supervisor.is_running():
            terminal.say("stopping; once more kills the programs at once")
            supervisor.stop()
            terminal.say("everything has stopped")
        stack.forget()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``python -m embedded.cli COMMAND``: the command line for operators, on the servers of ``make run``."""

import os
import sys
from pathlib import Path

from dotenv import load_dotenv

from app import cli
from app.settings import SettingsError
from app.settings.servers import AddressSettings
from embedded import environment

PROJECT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Run a command; an error of ours is one line and exit code 1."""
    load_dotenv(PROJECT / ".env")  # may name the data folder
    try:
        data_dir = AddressSettings.from_env().data_dir
        os.environ.update(environment.read(data_dir))
    except SettingsError as error:
        sys.exit(f"Error: {error}")
    except FileNotFoundError:
        sys.exit(
            f"Error: Qloom does not run on {data_dir}: start it with make run, or set QLOOM_DATA_DIR; "
            "for other servers use python -m app.cli"
        )
    cli.main()


if __name__ == "__main__":
    main()

"""The `yizhangtu` command: run a site, look at it, play a demonstration on it."""

import gc
import sys

from services.cli import app


def main() -> None:
    """Entry point of the console script."""
    # Threads that wait for the interpreter lock get it after 0.5 ms instead of 5: the writer answers sooner.
    sys.setswitchinterval(0.0005)
    # What lives as long as the process (routes, models, tables) need not be walked after every few hundred new objects.
    gc.set_threshold(20_000, 20, 50)
    app()


if __name__ == "__main__":
    main()

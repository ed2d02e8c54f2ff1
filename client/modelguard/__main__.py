"""Entry point of `python -m modelguard`."""

from modelguard.cli import main

if __name__ == "__main__":
    main()

"""What the CDK's command line runs: synthesize the app, or say what is wrong with its settings."""

import sys

from infra.app import build
from infra.config import ConfigError

if __name__ == "__main__":
    try:
        build().synth()
    except ConfigError as error:
        sys.exit(f"modelguard: {error}")

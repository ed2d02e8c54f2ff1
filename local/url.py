"""`make url`: print the base URL of the running deployment, and nothing else."""

from local import home, stack
from tools.console import CommandError, friendly_errors


def main() -> None:
    """Print the URL, or fail with a message if the deployment is not up."""
    with friendly_errors():
        if not home.ENGINE.pid or not home.ENGINE.healthy():
            raise CommandError("ModelGuard is not up: run `make up`")
        if not stack.is_up(home.ENGINE):
            raise CommandError("the deployment is not complete: run `make up`")
        print(stack.describe(home.ENGINE).api_url)


if __name__ == "__main__":
    main()

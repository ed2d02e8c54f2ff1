"""`app.py` as the CDK's command line runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from infra.bundle import ROOT


def test_a_wrong_setting_is_one_line_on_the_node_of_the_lock(tmp_path: Path) -> None:
    # GIVEN a user whose path has another Node, which does not even start
    other = tmp_path / "node"
    other.write_text("#!/bin/sh\nexit 1\n")
    other.chmod(0o755)
    # WHEN the app runs with a stage that cannot be
    done = subprocess.run(
        [sys.executable, ROOT / "app.py"],
        check=False,
        cwd=tmp_path,
        env={
            "PATH": f"{tmp_path}{os.pathsep}{os.defpath}",
            "HOME": str(tmp_path),
            "CDK_CONTEXT_JSON": json.dumps({"stage": "Prod"}),
        },
        capture_output=True,
        text=True,
    )
    # THEN it says so, and nothing else
    assert done.returncode == 1
    assert done.stderr.startswith("modelguard: context key 'stage' has the value 'Prod'")
    assert done.stderr.count("\n") == 1

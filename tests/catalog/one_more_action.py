#!/usr/bin/env python3
"""Add an action to the default catalogue, and run tests: nothing else may have to change.

    python3 tests/catalog/one_more_action.py BUILD [ARGUMENTS of cargo test...]

The tests run in a copy of the repository, under BUILD. Only `shared/domain/catalog.json` is changed
there. The copy shares the compiled dependencies, as BUILD is the folder that cargo builds into.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CATALOG = "shared/domain/catalog.json"
ADDED = {"name": "webhook.rotate", "label": "Webhook secret rotated", "group": "Webhooks"}


# What is no source: what builds, tools and runs leave behind.
LEFT_OUT = (".git", ".tools", "target", "node_modules", "local-data", "__pycache__", ".aws-sam")


def copied(to: Path) -> None:
    """Copies the files of the repository as they are now."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns(*LEFT_OUT))


def main() -> None:
    """Runs the tests in the copy."""
    build, *arguments = sys.argv[1:]
    build = Path(build).resolve()
    copy = build / "one-more-action"
    copied(copy)
    catalog = json.loads((copy / CATALOG).read_text())
    names = [action["name"] for action in catalog["actions"]]
    assert ADDED["name"] not in names, "the default catalogue has it already"
    catalog["actions"].append(ADDED)
    (copy / CATALOG).write_text(json.dumps(catalog, indent=2) + "\n")
    environment = {**os.environ, "CARGO_TARGET_DIR": str(build)}
    tests = ["cargo", "test", *(arguments or ["--workspace"])]
    print(f"with {ADDED['name']} in {CATALOG} alone:", " ".join(tests), flush=True)
    status = subprocess.run(tests, cwd=copy, env=environment, check=False).returncode
    shutil.rmtree(copy)
    sys.exit(status)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Show that the tests of docs/promises.md fail where the code breaks a promise.

    python3 tests/promises/run.py              # all mutants of mutants.json
    python3 tests/promises/run.py four-exports # these

Each mutant is one change of a copy of the repository. Its test must fail, and nothing else counts:
a mutant that does not compile, or a test that does not run, is an error here.
"""

import filecmp
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MUTANTS = json.loads((ROOT / "tests/promises/mutants.json").read_text(encoding="utf-8"))
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve()
# The copy. It keeps its place, so that what is built of it serves the next run, too.
COPY = TARGET / "promises"
# Compiled for each mutant, and run for a moment.
QUICK = ["--config", "profile.dev.package.domain.opt-level=0"]


def copy():
    """Copy what Git knows, and what it would add; what has not changed keeps its time."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in listed.stdout.decode().split("\0"):
        source, target = ROOT / name, COPY / name
        if not source.is_file() or (target.is_file() and filecmp.cmp(source, target, False)):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        # With a new time, so that Cargo sees it, also where a mutant was left behind.
        shutil.copy(source, target)


def command(test):
    """Return the command that runs a test, named by its file and its function."""
    file, name = test.split("::")
    if file.startswith("tests/tests/"):
        return ["cargo", "test", "--workspace", "--test", file.split("/")[2].split(".")[0], name]
    if file.startswith("shared/domain/"):
        domain = ["--manifest-path", "shared/domain/Cargo.toml", "--lib"]
        return ["cargo", "test", *QUICK, *domain, name]
    return ["cargo", "test", "--workspace", "--lib", name]


def judge(mutant):
    """Return whether the test fails with the mutant, or why that cannot be said."""
    path = COPY / mutant["file"]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(mutant["from"], mutant["to"]), encoding="utf-8")
    environment = {**os.environ, "CARGO_TARGET_DIR": str(TARGET)}
    ran = subprocess.run(
        command(mutant["test"]),
        cwd=COPY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    path.write_text(text, encoding="utf-8")
    name = mutant["test"].split("::")[1]
    if re.search(rf"^test \S*{name} \.\.\. FAILED$", ran.stdout, re.MULTILINE):
        return True
    if ran.returncode == 0 and re.search(rf"^test \S*{name} \.\.\. ok$", ran.stdout, re.MULTILINE):
        return False
    raise SystemExit(f"{mutant['name']}: the test did not run:\n{ran.stderr[-3000:]}{ran.stdout}")


def main():
    """Judge the mutants that are named, or all."""
    chosen = [mutant for mutant in MUTANTS if mutant["name"] in (sys.argv[1:] or [mutant["name"]])]
    survivors = []
    copy()
    for mutant in chosen:
        started = time.monotonic()
        is_caught = judge(mutant)
        said = "caught" if is_caught else "NOT CAUGHT"
        seconds = time.monotonic() - started
        print(f"{mutant['name']:24} {said:10} {seconds:4.0f} s  {mutant['test']}", flush=True)
        survivors += [] if is_caught else [mutant["name"]]
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} caught")
    if survivors:
        raise SystemExit("not caught: " + ", ".join(survivors))


if __name__ == "__main__":
    main()

"""Makes a release of the working tree: `make release VERSION=1.2.0`.

It dates the Unreleased section of CHANGELOG.md, sets the version in Cargo.toml, Cargo.lock and
openapi.yaml, commits, and tags the commit `v1.2.0`. It pushes nothing.
"""

import datetime
import re
import subprocess
import sys
from pathlib import Path

UNRELEASED = "## [Unreleased]\n"


def git(*arguments: str) -> str:
    """Run git, and return what it prints."""
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


def replace(path: str, old: str, new: str) -> None:
    """Replace every `old` in a file; it must be there."""
    text = Path(path).read_text(encoding="utf-8")
    if old not in text:
        sys.exit(f"{path} does not contain {old.strip()!r}")
    Path(path).write_text(text.replace(old, new), encoding="utf-8")


def check(version: str) -> str:
    """Return the present version, or end if no release can be made of this tree."""
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version):
        sys.exit(f"{version!r} is not a version such as 1.2.0")
    if git("status", "--porcelain"):
        sys.exit("there are uncommitted changes: commit them first")
    if git("tag", "--list", f"v{version}"):
        sys.exit(f"the tag v{version} exists")
    changes = Path("CHANGELOG.md").read_text(encoding="utf-8").partition(UNRELEASED)[2]
    if not re.split(r"^## ", changes, maxsplit=1, flags=re.MULTILINE)[0].strip():
        sys.exit("CHANGELOG.md has nothing under Unreleased")
    found = re.search(r'^version = "(.+)"$', Path("Cargo.toml").read_text("utf-8"), re.MULTILINE)
    if not found:
        sys.exit("Cargo.toml has no version")
    return found.group(1)


def main() -> None:
    """Make the release that the command line names."""
    if len(sys.argv) != 2:
        sys.exit("usage: release.py 1.2.0")
    version = sys.argv[1]
    before = check(version)
    today = datetime.datetime.now(datetime.timezone.utc).date()
    replace("CHANGELOG.md", UNRELEASED, f"{UNRELEASED}\n## [{version}] - {today}\n")
    if version != before:
        replace("Cargo.toml", f'\nversion = "{before}"\n', f'\nversion = "{version}"\n')
        replace("openapi.yaml", f"version: {before}", f"version: {version}")
        subprocess.run(["cargo", "update", "--workspace", "--offline", "--quiet"], check=True)
    git("commit", "--all", "--message", f"build: Release {version}")
    git("tag", "--annotate", f"v{version}", "--message", f"Release {version}")
    print(f"committed and tagged v{version}; push both with: git push --follow-tags")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
r"""Run every command of docs/api.md, and the tour of README.md, against the local service.

    PYTHONPATH=tests/exports LOCAL=target/debug/local AUDIT_TOOL=target/debug/audit \
        python3 tests/guide/run.py

The service is fresh, on ports of its own, and has the sample. A command of the guide must get an
answer of success; ids that it names are those of an entry and an export that are there. The tour is
pasted as a reader would paste it, with the key that the service printed. Its command for `audit`
must compile nothing but the tool, and an export that `audit` waits for must not take a minute. What
the service prints at its start works as well, also without the sample.
"""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.request

from service import OPTIONS, Service

ROOT = pathlib.Path(__file__).resolve().parents[2]
AUDIT_TOOL = os.environ.get("AUDIT_TOOL") or ROOT / "target/debug/audit"
ADDRESS = "http://127.0.0.1:8080"
# Addresses on this machine must not go through a proxy.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
WORKSPACE = "/v1/workspaces/ws_acme"
ID = r"[0-9]{8}T[0-9]{6}\.[0-9]{3}Z-[0-9a-f]{32}"
# What a reader of the tour sees, in this order.
SEEN = [
    '"duplicate":1,"rejected":0}',
    '"adjusted":[{"pointer":"/ip_address","reason":"not_an_address"}]',
    '{"change":"changed","path":"/limit","old_value":1.0,"new_value":18446744073709551616}',
    '"state":"',
    '"type":"unknown-parameter"',
    "proven: this content has this id",
]


def blocks(text):
    """Return the blocks of commands of a document."""
    return re.findall(r"(?ms)^```sh\n(.*?)^```", text)


def bash(script, folder, environment):
    """Run commands as a person would paste them. Return what they printed, and the exit code."""
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    return ran.stdout, ran.returncode


def guide(service, folder):
    """Run each block of the guide by itself."""
    commands = blocks((ROOT / "docs/api.md").read_text(encoding="utf-8"))
    if len(commands) < 14:
        raise SystemExit(f"the guide has only {len(commands)} blocks of commands")
    newest = service.ask("GET", f"{WORKSPACE}/entries?page_size=1")["entries"][0]["id"]
    made = service.ask("POST", f"{WORKSPACE}/exports", '{"format":"ndjson"}', wanted=(202,))["id"]
    # Every curl fails if the answer is not a success.
    start = 'set -eo pipefail; curl() { command curl -sS --fail-with-body "$@"; }\n'
    for command in commands:
        script = command.replace(ADDRESS, f"http://{service.host}")
        script = re.sub(f"/entries/{ID}", f"/entries/{newest}", script)
        script = re.sub(f"/exports/{ID}", f"/exports/{made}", script)
        said, code = bash(start + script, folder, {"TOKEN": service.token})
        if code:
            raise SystemExit(f"docs/api.md: this fails with {code}:\n{command}\n{said[-2000:]}")
    print(f"docs/api.md: {len(commands)} blocks of commands run")


def tour(service, folder):
    """Run the tour of the README in one shell."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    text = text.split("## A tour in five minutes")[1].split("\n## ")[0]
    script = "\n".join(blocks(text))
    for printed, own in [
        ("TOKEN=cwa_…", f"TOKEN={service.token}"),
        (ADDRESS, f"http://{service.host}"),
        ("http://127.0.0.1:8000", service.dynamodb),
        ("cargo run --bin audit --", str(AUDIT_TOOL)),
    ]:
        if printed not in script:
            raise SystemExit(f"the tour has no {printed}")
        script = script.replace(printed, own)
    said, code = bash(script, folder, {})
    place = 0
    for text in SEEN:
        place = said.find(text, place)
        if code or place < 0:
            raise SystemExit(f"the tour does not show {text!r}, exit code {code}:\n{said[-6000:]}")
    if '"status":404' in said:
        raise SystemExit(f"the tour leads to a 404:\n{said[-6000:]}")
    print("README.md: the tour shows what it says")


def units(binary):
    """Return what cargo compiles for a binary: package, target, features and profile."""
    command = ["cargo", "build", "-Z", "unstable-options", "--unit-graph", "--bin", binary]
    environment = {**os.environ, "RUSTC_BOOTSTRAP": "1"}
    printed = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True
    ).stdout
    return {
        json.dumps([unit[of] for of in ("pkg_id", "target", "mode", "features", "profile")])
        for unit in json.loads(printed)["units"]
    }


def tool_alone():
    """Compare what the tour's second command compiles with what `cargo run` has compiled."""
    more = units("audit") - units("local")
    if len(more) != 1:
        raise SystemExit(f"the tour compiles {len(more)} crates for audit: {sorted(more)}")
    print("README.md: after `cargo run`, `cargo run --bin audit` compiles the tool alone")


def waited(service, folder):
    """Wait for an export with `audit`: the service begins it at once."""
    environment = {
        "AWS_ENDPOINT_URL": service.dynamodb,
        "ENTRIES_TABLE": "entries",
        "CONTROL_TABLE": "control",
    }
    begun = time.monotonic()
    script = f"{AUDIT_TOOL} export create ws_acme --format csv --wait"
    said, code = bash(script, folder, environment)
    seconds = time.monotonic() - begun
    # The sweep for jobs that nobody announced comes after a minute.
    if code or seconds > 30:
        raise SystemExit(f"an export with --wait took {seconds:.1f} s, exit code {code}:\n{said}")
    print(f"audit export create --wait: {seconds:.1f} s")


def banner(service, folder):
    """Paste what the service printed at its start, and follow its addresses."""
    while not service.banner[-1].lstrip().startswith("echo "):
        service.banner.append(service.process.stdout.readline())
    printed = "".join(service.banner)
    script = printed.split("Paste this into another terminal:")[1]
    said, code = bash(f"set -e; {script}", folder, {})
    made = re.findall(r"page: (http://\S+#token=cwa_\S+)", said)
    if code or len(made) != 1 or '"entries":[{' not in said:
        raise SystemExit(f"what is printed does not work, exit code {code}:\n{said}")
    # The first one, and those of the page; the stores take signed requests only.
    first = f"http://{service.host}"
    pages = re.findall(rf"{first}/v1/viewer\S+token=cwa_\S+", printed)
    for address in [first, *made, *pages]:
        with OPENER.open(address, timeout=30) as answer:
            answer.read()
    print(f"the banner works, with {len(pages)} links to the page")


def main():
    """Start the service, without its sample and with it, and run all."""
    tool_alone()
    for options in (OPTIONS, [option for option in OPTIONS if option != "--empty"]):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            service = Service(folder, options)
            try:
                banner(service, folder)
                if options != OPTIONS:
                    guide(service, folder)
                    tour(service, folder)
                    waited(service, folder)
            finally:
                service.stop()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Send what openapi.yaml allows, and what it forbids, to the local service with Schemathesis.

    PYTHONPATH=tests/exports LOCAL=target/debug/local \
        SCHEMATHESIS=.tools/schemathesis/bin/schemathesis \
        python3 tests/schemathesis/run.py [EXAMPLES [SEED]]

The service is fresh and on ports of its own. It has one workspace, in which everything happens,
with an entry. A run with the same seed sends the same requests.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from service import Service

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMATHESIS = os.environ.get("SCHEMATHESIS") or ROOT / ".tools/schemathesis/bin/schemathesis"
WORKSPACE = "/v1/workspaces/ws_contract"


def send(service, method, path, body):
    """Send a request that must succeed, and return the answer."""
    return json.loads(service.send(method, path, json.dumps(body), wanted=(200, 201, 202)))


def faults(log):
    """Return the lines of the service's log that tell of a fault of its own."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in lines if re.search(r"panicked|ERROR|problem=\"internal\"", line)]


def main():
    """Start the service, prepare it, and run Schemathesis over it."""
    examples, seed = (sys.argv[1:3] + ["20", "1"][len(sys.argv) - 1 :])[:2]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        service = Service(folder)
        try:
            send(service, "PUT", WORKSPACE, {"plan": "enterprise"})
            entry = {
                "occurred_at": "2026-11-22T14:05:06.789Z",
                "actor": {"type": "user", "id": "usr_1"},
                "action": "member.invite",
                "target": {"type": "member", "id": "mem_1"},
            }
            recorded = send(service, "POST", f"{WORKSPACE}/entries", entry)
            export = send(service, "POST", f"{WORKSPACE}/exports", {"format": "csv"})
            environment = {
                **os.environ,
                "TOKEN": service.token,
                "ENTRY_ID": recorded["id"],
                "EXPORT_ID": export["id"],
            }
            ran = subprocess.run(
                [
                    SCHEMATHESIS,
                    "--config-file",
                    ROOT / "tests/schemathesis/schemathesis.toml",
                    "run",
                    ROOT / "openapi.yaml",
                    "--url",
                    f"http://{service.host}",
                    "--max-examples",
                    examples,
                    "--seed",
                    seed,
                ],
                cwd=folder,
                env=environment,
                check=False,
            )
        finally:
            service.stop()
        if wrong := faults(service.log):
            raise SystemExit("the service says:\n" + "\n".join(wrong[:20]))
        if ran.returncode:
            raise SystemExit(ran.returncode)


if __name__ == "__main__":
    main()

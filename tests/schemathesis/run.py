#!/usr/bin/env python3
"""Send what openapi.yaml allows, and what it forbids, to the local service with Schemathesis.

    LOCAL=target/debug/local SCHEMATHESIS=.tools/schemathesis/bin/schemathesis \
        python3 tests/schemathesis/run.py [EXAMPLES [SEED]]

The service is fresh and on ports of its own. It has one workspace, in which everything happens,
with an entry. A run with the same seed sends the same requests.
"""

import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOCAL = os.environ.get("LOCAL") or ROOT / "target/debug/local"
SCHEMATHESIS = os.environ.get("SCHEMATHESIS") or ROOT / ".tools/schemathesis/bin/schemathesis"
OPTIONS = ["--fresh", "--empty", "--port", "0", "--dynamodb-port", "0", "--s3-port", "0"]
WORKSPACE = "/v1/workspaces/ws_contract"


class Service:
    """The running service."""

    def __init__(self, folder):
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [LOCAL, *OPTIONS, "--data", folder / "data"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
            )
        address = token = None
        while not (address and token):
            line = self.process.stdout.readline()
            if not line:
                self.stop()
                raise SystemExit(f"the service did not start:\n{self.log.read_text()}")
            address = address or re.search(r"ready at http://(\S+)", line)
            token = token or re.search(r"TOKEN=(cwa_\S+)", line)
        self.host, self.token = address[1], token[1]

    def send(self, method, path, body):
        """Send a request that must succeed, and return the answer."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        connection.request(method, path, body=json.dumps(body), headers=headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status not in (200, 201, 202):
            raise SystemExit(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text)

    def stop(self):
        """Stop the process that was started here."""
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


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
            service.send("PUT", WORKSPACE, {"plan": "enterprise"})
            entry = {
                "occurred_at": "2026-11-22T14:05:06.789Z",
                "actor": {"type": "user", "id": "usr_1"},
                "action": "member.invite",
                "target": {"type": "member", "id": "mem_1"},
            }
            recorded = service.send("POST", f"{WORKSPACE}/entries", entry)
            export = service.send("POST", f"{WORKSPACE}/exports", {"format": "csv"})
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

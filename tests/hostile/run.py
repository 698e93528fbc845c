#!/usr/bin/env python3
"""Send every request of a case file to the service and compare the answers.

    python3 tests/hostile/run.py DIR

DIR has cases.jsonl, with a request and its expected answer per line, and bodies.py, whose
body(case) builds a body with its placeholders not yet filled. It may also have cases-2.jsonl, whose
cases replace those of the same id. The service is the fixture tests/examples/hostile_fixture.rs,
over an embedded DynamoDB in memory.
"""

import datetime
import http.client
import importlib.util
import json
import pathlib
import re
import subprocess
import sys
import urllib.request
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
# There are the rules by which the service adjusts an entry, written a second time.
sys.path.append(str(ROOT / "tests" / "exports"))
sys.dont_write_bytecode = True
import tree  # noqa: E402
from adjusting import as_stored  # noqa: E402

FIXTURE = ["cargo", "run", "--quiet", "--example", "hostile_fixture"]

# The case files in a folder; the first must be there.
CASES = ("cases.jsonl", "cases-2.jsonl")
# What the service adds to an entry, and the time, which has many spellings.
BY_SERVICE = {
    *("id", "workspace_id", "recorded_at", "key_id", "expires_at", "occurred_at"),
    *("sequence", "integrity", "changes", "changes_truncated"),
}
# Reasons, by case id, why the service cannot pass a case yet. The case is still sent, and once it
# passes it must be removed from here.
NOT_YET = {}
# What the `check` of a case can ask for in addition to what is checked of every case.
CHECKS = {"store_reads==0", "verbatim"}
# The start of a `check` for text that the entry's row must contain in exports of both formats.
IN_EXPORT = "export contains "

SHIFT = re.compile(r"([+-])(?:(\d+)([smhd])|retention)")
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Fixture:
    """The running service. It answers questions about itself over its standard input."""

    def __init__(self):
        self.process = subprocess.Popen(
            FIXTURE,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the fixture did not start")
        said = json.loads(line)
        self.host = said["address"].removeprefix("http://")
        self.retention_days = said["retention_days"]
        self.values = said["values"]

    def export(self, format):
        """Export the whole log of ws_a, and return the lines of the file."""
        headers = {
            "authorization": f"Bearer {self.values['KEY_R']}",
            "content-type": "application/json",
        }
        status, answered, text = self.send(
            "POST", "/v1/workspaces/ws_a/exports", headers, json.dumps({"format": format}).encode()
        )
        if status != 202:
            raise SystemExit(f"an export is refused: {status} {text[:300]!r}")
        self.ask("work")
        _, _, text = self.send("GET", answered["location"], headers, b"")
        with urllib.request.urlopen(json.loads(text)["file"]["url"], timeout=30) as file:
            return file.read().split(b"\n")

    def ask(self, question):
        """Ask the fixture for a number, such as how many items are stored."""
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def stop(self):
        """End the fixture, which stops when its input is closed."""
        self.process.stdin.close()
        self.process.wait()

    def send(self, method, path, headers, body):
        """Send a request, and return the status, headers and body of the answer."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value.encode())
        if body or method in ("POST", "PUT", "PATCH"):
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text


class Filler:
    """Fills the placeholders of one case, each with the same text throughout the case."""

    def __init__(self, fixture):
        self.fixture = fixture
        self.now = datetime.datetime.now(datetime.timezone.utc)
        self.unique = {}

    def fill(self, text):
        """Fill all placeholders of a text."""
        return re.sub(r"\{\{([^{}]+)\}\}", lambda found: self.value(found[1]), text)

    def value(self, name):
        """Return the text that a placeholder stands for."""
        if name in self.fixture.values:
            return self.fixture.values[name]
        if name.startswith("NOW"):
            return self.time(name[3:])
        if name == "ID" or name.startswith("ID#"):
            return self.unique.setdefault(name, f"hostile-{uuid.uuid4()}")
        if name == "8KB":
            return "A" * 8_192
        if name == "8KB_BIDI":
            return "\u202eA" * 2_048
        if found := re.fullmatch(r"(\d+) comma values", name):
            return ",".join(f"v{number}" for number in range(int(found[1])))
        raise SystemExit(f"a placeholder that is not known: {name}")

    def time(self, shifts):
        """Return the present time moved by shifts such as `-5m` or `+retention`."""
        moment = self.now
        if "".join(found[0] for found in SHIFT.finditer(shifts)) != shifts:
            raise SystemExit(f"a time that is not known: NOW{shifts}")
        for sign, count, unit in SHIFT.findall(shifts):
            seconds = int(count) * UNITS[unit] if unit else self.fixture.retention_days * UNITS["d"]
            moment += datetime.timedelta(seconds=seconds if sign == "+" else -seconds)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def faults_of_answer(case, status, headers, text):
    """Find what is wrong with the answer itself."""
    if status != case["status"]:
        yield f"status {status}, expected {case['status']}: {text[:300]!r}"
    if status >= 500:
        yield "a 5xx"
    if not headers.get("x-request-id"):
        yield "no X-Request-Id"
    if status < 400:
        if case["type"] != "-":
            yield "accepted"
        return
    if headers.get("content-type") != "application/problem+json":
        yield f"content type {headers.get('content-type')}"
    try:
        problem = json.loads(text)
    except ValueError:
        yield f"no problem: {text[:300]!r}"
        return
    if problem.get("type") != case["type"]:
        yield f"type {problem.get('type')}, expected {case['type']}"
    if problem.get("status") != status or problem.get("request_id") != headers.get("x-request-id"):
        yield "status or request id differ between head and body"
    if (status == 422) != bool(problem.get("errors")):
        yield "a 422 names the fields, and nothing else does"
    named = re.search(r"pointer[ =]*(/\S+)", case["why"])
    if named and named[1] not in [error["pointer"] for error in problem.get("errors", [])]:
        yield f"the pointers do not name {named[1]}"


def faults_of_entry(fixture, sent, location):
    """Find differences between what the service must store of an entry and what it returns."""
    headers = {"authorization": f"Bearer {fixture.values['KEY_R']}"}
    status, _, text = fixture.send("GET", location, headers, b"")
    if status != 200:
        yield f"the recorded entry cannot be read: {status}"
        return
    got, wanted = tree.read(text), as_stored(tree.read(sent))
    for name in sorted((got.keys() | wanted.keys()) - BY_SERVICE):
        if got.get(name) != wanted.get(name):
            yield f"{name} does not read back: {got.get(name)!r:.300}"
    if got.get("integrity") != "verified":
        yield f"its id does not prove it: {got.get('integrity')!r}"


def faults_of_export(fixture, location, wanted):
    """Find out whether the wanted text is missing in an export of the entry."""
    entry_id = location.rpartition("/")[2].encode()
    for format in ("csv", "ndjson"):
        rows = [line for line in fixture.export(format) if entry_id in line]
        if len(rows) != 1 or wanted.encode() not in rows[0]:
            yield f"the {format} export does not contain {wanted}: {rows!r:.300}"


def faults_of_batch(case, sent, text):
    """Find what is wrong with a batch's results. Equal entries, and only those, count as one."""
    entries, answer = json.loads(sent)["entries"], json.loads(text)
    distinct = len({json.dumps(entry, sort_keys=True) for entry in entries})
    if len(answer["results"]) != len(entries):
        yield "a result is missing"
    if answer["recorded"] + answer["rejected"] != distinct:
        yield f"{answer['recorded']} recorded of {distinct} distinct entries: {text[:300]!r}"


def run(fixture, case, body):
    """Send one case, and find everything that is wrong with its answer."""
    filler = Filler(fixture)
    path = filler.fill(case["path"])
    headers = {name: filler.fill(value) for name, value in case.get("headers", {}).items()}
    if b"{{" in body:
        body = filler.fill(body.decode("utf-8", "surrogateescape")).encode(
            "utf-8", "surrogateescape"
        )
    items = fixture.ask("stored_items")
    fixture.ask("store_calls")
    status, answered, text = fixture.send(case["method"], path, headers, body)
    calls = fixture.ask("store_calls")
    yield from faults_of_answer(case, status, answered, text)
    if status >= 400 and fixture.ask("stored_items") != items:
        yield "something was stored"
    check = case.get("check")
    if check == "store_reads==0" and calls:
        yield f"{calls} calls to the store"
    if check and check not in CHECKS and not check.startswith(IN_EXPORT):
        yield f"a check that is not known: {check}"
    if status == 201 and path.endswith("/entries"):
        yield from faults_of_entry(fixture, body, answered.get("location", ""))
        if check and check.startswith(IN_EXPORT):
            yield from faults_of_export(
                fixture, answered.get("location", ""), check.removeprefix(IN_EXPORT)
            )
    if status == 200 and path.endswith("/batch"):
        yield from faults_of_batch(case, body, text)


def read_cases(folder):
    """Read the cases of a folder. A later file replaces cases of the same id."""
    cases = {}
    for name in CASES:
        path = folder / name
        if name == CASES[0] or path.exists():
            lines = path.read_text(encoding="utf-8").splitlines()
            some = [json.loads(line) for line in lines if line.strip()]
            cases |= {case["id"]: case for case in some}
    return list(cases.values())


def main():
    """Run all cases, and exit with 1 if one fails or none passes."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    spec = importlib.util.spec_from_file_location("bodies", folder / "bodies.py")
    bodies = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bodies)
    cases = read_cases(folder)
    fixture = Fixture()
    passed, failed, not_yet = 0, 0, 0
    for case in cases:
        faults = list(run(fixture, case, bodies.body(case)))
        reason = NOT_YET.get(case["id"])
        if (
            reason
            and faults
            and not any(fault in ("a 5xx", "something was stored") for fault in faults)
        ):
            not_yet += 1
            print(f"{case['id']}: not yet: {reason} ({case['input']})")
        elif reason and not faults:
            failed += 1
            name = pathlib.Path(__file__).name
            print(f"{case['id']}: FAILED: it passes now; remove it from NOT_YET in {name}")
        elif faults:
            failed += 1
            print(f"{case['id']}: FAILED: {case['input']}: " + "; ".join(faults))
        else:
            passed += 1
    fixture.stop()
    if missing := set(NOT_YET) - {case["id"] for case in cases}:
        print("listed as not yet, but not in the file: " + ", ".join(sorted(missing)))
    print(f"{not_yet} not yet")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()

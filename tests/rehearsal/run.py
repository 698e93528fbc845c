"""Deploys template.yaml twice into an emulator of AWS, and uses both stacks.

    make rehearsal

The stacks stand side by side. In each: make a workspace, record, list, get, look at facets, wait
until `tally` has numbered what the stream brought, export through queue and bucket, and raise the
plan, which rewrites the entries. Then one stack gets another parameter, which must reach its
functions. The other is deleted, and its tables must still be there. Before all that, a stack that
cannot be made must leave nothing behind.

`emulator.py` has what the emulator cannot do and what is changed for it.
"""

import argparse
import hashlib
import http.client
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import boto3
from botocore.exceptions import ClientError
from emulator import REGION, ROOT_KEY, Emulator, fitted
from stack import document

STACKS = ("rehearsal-a", "rehearsal-b")
FUNCTIONS = ("record", "list", "get", "workspace", "viewer", "tally", "export", "job")
WORKSPACE = "/v1/workspaces/ws_acme"
SCOPES = (
    "entries:write",
    "entries:read",
    "entries:export",
    "workspaces:read",
    "workspaces:write",
    "viewer_tokens:create",
)
ENTRIES = 25
ACTIONS = ("project.create", "member.invite")
# A resource that the emulator cannot make, after those that are kept.
BROKEN = {
    "Type": "AWS::CloudWatch::Alarm",
    "DependsOn": ["EntriesTable", "ControlTable", "ExportsBucket"],
    "Properties": {"Metrics": [{"Id": "sum", "Expression": "1 + 1"}]},
}
# Everything takes seconds, a chunk of a job that is tried again too.
PATIENCE_SECONDS = 90
STEP_SECONDS = 1.0


def say(text):
    """Print what is done now."""
    print(text, flush=True)


def until(what, found):
    """Ask again and again until there is an answer, and return it."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        answer = found()
        if answer:
            return answer
        time.sleep(STEP_SECONDS)
    raise SystemExit(f"waited {PATIENCE_SECONDS} s in vain: {what}")


def check(what, holds):
    """Fail unless something holds."""
    if not holds:
        raise SystemExit(f"not so: {what}")


class Account:
    """The clients of the emulated account, as its root."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        session = boto3.Session(ROOT_KEY, ROOT_KEY, region_name=REGION)

        def client(name):
            return session.client(name, endpoint_url=endpoint)

        self.cloudformation, self.dynamodb = client("cloudformation"), client("dynamodb")
        self.functions, self.logs, self.s3 = client("lambda"), client("logs"), client("s3")

    def upload(self, folder):
        """Put the programs of the functions into a bucket, and return their addresses."""
        self.s3.create_bucket(
            Bucket="code", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        for name in FUNCTIONS:
            memory = io.BytesIO()
            with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
                info = zipfile.ZipInfo("bootstrap", (2026, 1, 1, 0, 0, 0))
                info.external_attr = 0o755 << 16
                info.compress_type = zipfile.ZIP_DEFLATED
                file.writestr(info, (folder / name).read_bytes())
            self.s3.put_object(Bucket="code", Key=f"{name}.zip", Body=memory.getvalue())
        return {name: f"s3://code/{name}.zip" for name in FUNCTIONS}

    def deploy(self, stack, code, change=False, more=None, **parameters):
        """Create or update a stack, with more resources, and wait for it."""
        template = fitted(document(code, **parameters), self.endpoint)
        template["Resources"].update(more or {})
        text = json.dumps(template)
        self.s3.put_object(Bucket="code", Key=f"{stack}.json", Body=text.encode())
        call = self.cloudformation.update_stack if change else self.cloudformation.create_stack
        call(
            StackName=stack,
            TemplateURL=f"{self.endpoint}/code/{stack}.json",
            Capabilities=["CAPABILITY_IAM"],
            Parameters=[
                {"ParameterKey": name, "ParameterValue": str(value)}
                for name, value in parameters.items()
            ],
        )
        return until(f"{stack} is deployed", lambda: self.deployed(stack))

    def deployed(self, stack):
        """Return the outputs of a stack once it is complete."""
        (found,) = self.cloudformation.describe_stacks(StackName=stack)["Stacks"]
        status = found["StackStatus"]
        if status.endswith(("FAILED", "ROLLBACK_COMPLETE")):
            events = self.cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
            failed = [one for one in events if "FAILED" in one["ResourceStatus"]]
            reasons = [
                f"{one['LogicalResourceId']}: {one['ResourceStatusReason']}" for one in failed
            ]
            raise SystemExit("\n".join([f"{stack}: {status}", *reasons]))
        if not status.endswith("COMPLETE"):
            return None
        return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}

    def said(self):
        """Return what the functions have written to their logs, but for usual requests."""
        lines = []
        for group in self.logs.describe_log_groups()["logGroups"]:
            name = group["logGroupName"]
            events = self.logs.filter_log_events(logGroupName=name)["events"]
            lines += [f"{name}: {one['message'].strip()}" for one in events]
        usual = ("START ", "END ", "REPORT ", " INFO")
        return "\n".join(one for one in lines if not any(mark in one for mark in usual))

    def resource(self, stack, name):
        """Return the physical id of a resource of a stack."""
        found = self.cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId=name)
        return found["StackResourceDetail"]["PhysicalResourceId"]


class Deployment:
    """One stack, and a key for it."""

    def __init__(self, account, stack, outputs, audit):
        self.account, self.stack, self.outputs = account, stack, outputs
        self.api = account.resource(stack, "Api")
        self.token = self.make_key(audit)

    def make_key(self, audit):
        """Make a key as an operator does, and return its token."""
        scopes = [part for scope in SCOPES for part in ("--scope", scope)]
        environment = {
            **os.environ,
            "ENTRIES_TABLE": self.outputs["EntriesTableName"],
            "CONTROL_TABLE": self.outputs["ControlTableName"],
            "AWS_ACCESS_KEY_ID": ROOT_KEY,
            "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
            "AWS_REGION": REGION,
        }
        ran = subprocess.run(
            [
                audit,
                "key",
                "create",
                *scopes,
                "--name",
                "rehearsal",
                "--endpoint-url",
                self.account.endpoint,
            ],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise SystemExit(f"audit key create: {ran.stderr}")
        return ran.stdout.strip()

    def ask(self, method, path, body=None, wanted=200):
        """Send a request to the gateway, and return the answer."""
        connection = http.client.HTTPConnection(self.account.endpoint.split("//")[1], timeout=60)
        headers = {
            "host": f"{self.api}.execute-api.localhost",
            "authorization": f"Bearer {self.token}",
            "content-type": "application/json",
        }
        text = None if body is None else json.dumps(body)
        connection.request(method, path, body=text, headers=headers)
        answer = connection.getresponse()
        read = answer.read().decode()
        connection.close()
        if answer.status != wanted:
            raise SystemExit(f"{self.stack}: {method} {path}: {answer.status} {read[:400]}")
        return json.loads(read) if read else None

    def record(self):
        """Record one entry, one again, and a batch."""
        check("it does not answer", self.ask("GET", "/v1/health"))
        check("its tables do not answer", self.ask("GET", "/v1/health/deep")["tables"])
        self.ask("PUT", WORKSPACE, {"plan": "pro"}, wanted=201)
        now = datetime.now(timezone.utc) - timedelta(days=60)
        made = [
            {
                "occurred_at": (now + timedelta(seconds=place)).isoformat(timespec="milliseconds"),
                "actor": {"type": "user", "id": f"usr_{place % 3}"},
                "action": ACTIONS[place % 2],
                "target": {"type": "member" if place % 2 else "project", "id": f"it_{place}"},
                "new_value": {"place": place, "text": "x" * (3_000 if place == 4 else 3)},
            }
            for place in range(ENTRIES)
        ]
        first = self.ask("POST", f"{WORKSPACE}/entries", made[0], wanted=201)
        again = self.ask("POST", f"{WORKSPACE}/entries", made[0])
        check("the same entry has the same id", first["id"] == again["id"])
        results = self.ask("POST", f"{WORKSPACE}/entries/batch", {"entries": made})["results"]
        states = [result["status"] for result in results]
        check(f"a batch is recorded: {states}", states == ["duplicate"] + ["recorded"] * 24)
        return results

    def read(self, results):
        """List, get, and look at facets."""
        page = self.ask("GET", f"{WORKSPACE}/entries?page_size=10")
        # The change of plan is an entry, too.
        check(f"all are listed: {page['page']}", page["page"]["total_entries"] == ENTRIES + 1)
        entry = self.ask("GET", f"{WORKSPACE}/entries/{results[4]['id']}")
        check("an entry has its values", len(entry["new_value"]["text"]) == 3_000)
        check("an entry is as it was recorded", entry["integrity"] == "verified")
        facets = self.ask("GET", f"{WORKSPACE}/facets")
        counts = {one["name"]: one["count"] for one in facets["actions"]}
        check(f"facets count: {counts}", counts["member.invite"] == 12)
        by_actor = self.ask("GET", f"{WORKSPACE}/entries?actor_id=usr_1")
        check("an index is read", by_actor["page"]["total_entries"] == 8)

    def counted(self, results):
        """Alter an entry, and put it back: `tally` must tell of it, and number the log.

        The emulator's stream has no records of what is inserted by PartiQL, as `record` does. And
        its filter drops every deletion, so an alteration is what is told.
        """
        client, key = self.account.dynamodb, {"S": results[7]["id"]}
        entries, control = self.outputs["EntriesTableName"], self.outputs["ControlTableName"]
        place = {"workspace_id": {"S": "ws_acme"}, "id": key}
        item = client.get_item(TableName=entries, Key=place)["Item"]
        client.update_item(
            TableName=entries,
            Key=place,
            UpdateExpression="SET outcome = :outcome",
            ExpressionAttributeValues={":outcome": {"S": "denied"}},
        )
        client.delete_item(TableName=entries, Key=place)
        client.put_item(TableName=entries, Item=item)

        def numbered():
            return client.query(
                TableName=control,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :segment)",
                ExpressionAttributeValues={
                    ":pk": {"S": "journal#ws_acme"},
                    ":segment": {"S": "s#"},
                },
            )["Items"]

        until(f"{self.stack}: the stream is numbered", numbered)
        group = f"/aws/lambda/{self.stack}/tally"
        until(
            f"{self.stack}: the alteration is told",
            lambda: self.account.logs.filter_log_events(
                logGroupName=group, filterPattern='"stored item altered"'
            )["events"],
        )

    def exported(self):
        """Export everything, and read the file."""
        asked = self.ask("POST", f"{WORKSPACE}/exports", {"format": "ndjson"}, wanted=202)
        path = f"{WORKSPACE}/exports/{asked['id']}"

        def done():
            export = self.ask("GET", path)
            check(f"the export does not fail: {export}", export["state"] != "failed")
            return export if export["state"] == "done" else None

        export = until(f"{self.stack}: the export is done", done)
        with urllib.request.urlopen(export["file"]["url"], timeout=30) as answer:
            file = answer.read()
        check(
            "the file has its SHA-256", hashlib.sha256(file).hexdigest() == export["file"]["sha256"]
        )
        rows = [json.loads(line) for line in file.splitlines()]
        check(f"the file has all rows: {len(rows)}", len(rows) == ENTRIES + 1)

    def raised(self):
        """Raise the plan: `job` must take the time of their deletion from all entries."""
        effect = self.ask("PUT", f"{WORKSPACE}?dry_run=true", {"plan": "free"})
        check(f"a dry run says what is hidden: {effect}", str(ENTRIES) in json.dumps(effect))
        check("each entry has a time of deletion", len(self.deleted_later()) == ENTRIES)
        self.ask("PUT", WORKSPACE, {"plan": "enterprise"})
        until(f"{self.stack}: no entry is to be deleted", lambda: not self.deleted_later())

    def deleted_later(self):
        """Return the ids of recorded entries that have a time of deletion."""
        found = self.account.dynamodb.query(
            TableName=self.outputs["EntriesTableName"],
            KeyConditionExpression="workspace_id = :workspace",
            ExpressionAttributeValues={":workspace": {"S": "ws_acme"}},
            ConsistentRead=True,
        )["Items"]
        return [
            item["id"]["S"]
            for item in found
            if item["action"]["S"] in ACTIONS and "delete_at" in item
        ]


def leaves_nothing(account, code):
    """Deploy a stack that fails after its tables and its bucket are made: they must be gone."""

    def kept():
        tables = account.dynamodb.list_tables()["TableNames"]
        return [*tables, *(one["Name"] for one in account.s3.list_buckets()["Buckets"])]

    before = kept()
    try:
        account.deploy("rehearsal-x", code, more={"Broken": BROKEN}, ProtectTables="false")
    except SystemExit as failure:
        check(f"it is rolled back: {failure}", "ROLLBACK_COMPLETE" in str(failure))
    else:
        raise SystemExit("a broken stack was deployed")
    check(f"nothing is left: {set(kept()) - set(before)}", set(kept()) == set(before))


def reaches_functions(account, code, deployment):
    """Change a parameter: the alias must lead to a version that has it."""
    account.deploy(deployment.stack, code, change=True, GraceDays=9)
    name = deployment.outputs["RecordFunctionName"]
    live = account.functions.get_function_configuration(FunctionName=name, Qualifier="live")
    got = live["Environment"]["Variables"]["GRACE_DAYS"]
    check(f"GRACE_DAYS of the alias is 9: {got}, version {live['Version']}", got == "9")


def deleted(account, deployment):
    """Delete a stack. Its tables stay."""
    account.cloudformation.delete_stack(StackName=deployment.stack)

    def gone():
        try:
            found = account.cloudformation.describe_stacks(StackName=deployment.stack)["Stacks"]
        except ClientError:
            return True
        return all(one["StackStatus"] == "DELETE_COMPLETE" for one in found)

    until(f"{deployment.stack} is deleted", gone)
    for output in ("EntriesTableName", "ControlTableName"):
        account.dynamodb.describe_table(TableName=deployment.outputs[output])
    names = [one["FunctionName"] for one in account.functions.list_functions()["Functions"]]
    check(f"no function is left: {names}", not [one for one in names if deployment.stack in one])


def rehearse(account, programs):
    """Play everything."""
    say("uploading the programs")
    code = account.upload(programs)
    say("rehearsal-x: deploying what must fail")
    leaves_nothing(account, code)
    deployments = []
    for stack in STACKS:
        say(f"{stack}: deploying")
        outputs = account.deploy(stack, code, ProtectTables="false")
        deployments.append(Deployment(account, stack, outputs, programs / "audit"))
    for one in deployments:
        say(f"{one.stack}: recording")
        results = one.record()
        say(f"{one.stack}: reading")
        one.read(results)
        say(f"{one.stack}: numbering")
        one.counted(results)
        say(f"{one.stack}: exporting")
        one.exported()
        say(f"{one.stack}: raising the plan")
        one.raised()
    first, second = deployments
    say(f"{first.stack}: changing a parameter")
    reaches_functions(account, code, first)
    say(f"{second.stack}: deleting")
    deleted(account, second)
    first.ask("GET", f"{WORKSPACE}/entries")
    say("both stacks worked, and the one that is left still does")


def main():
    """Start the emulator, rehearse, and stop it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("programs", type=Path, help="the folder of the built functions")
    parser.add_argument("emulator", type=Path, help="the program of the emulator")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        emulator = Emulator(options.emulator.absolute(), Path(folder))
        account = Account(emulator.endpoint)
        try:
            rehearse(account, options.programs.absolute())
        except BaseException:
            print(f"the emulator said:\n{emulator.said()}", file=sys.stderr)
            print(f"the functions said:\n{account.said()}", file=sys.stderr)
            raise
        finally:
            emulator.stop()


if __name__ == "__main__":
    main()

"""Starts the emulator of AWS, and fits the transformed template to what it can do.

The emulator is ministack. What it cannot do is changed here and nowhere else, so that this file is
the list of what a rehearsal does not show.
"""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request

REGION = "eu-central-1"
# What the emulator takes for the account's root, which may do everything.
ROOT_KEY = "test"
PATIENCE_SECONDS = 60
# It asks for the operation's own name, and looks into no statement of PartiQL.
STATEMENTS = ["dynamodb:BatchExecuteStatement", "dynamodb:ExecuteStatement"]
TRANSACTION = ["dynamodb:ExecuteTransaction", "dynamodb:ExecuteStatement"]
BY_OPERATION = {
    "dynamodb:PartiQLInsert": STATEMENTS + TRANSACTION,
    "dynamodb:PartiQLUpdate": TRANSACTION,
}


def free_port():
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Emulator:
    """A running emulator, for this machine only, with IAM evaluated."""

    def __init__(self, program, folder):
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.log = folder / "emulator.log"
        environment = {
            **os.environ,
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            # Functions call back to this address.
            "AWS_ENDPOINT_URL": self.endpoint,
            "S3_DATA_DIR": str(folder / "s3"),
            "TMPDIR": str(folder),
            "LOG_LEVEL": "WARNING",
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [program],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait()

    def wait(self):
        """Wait until it answers."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=2).close()
            except (urllib.error.URLError, OSError):
                if self.process.poll() is not None:
                    break
                time.sleep(0.3)
            else:
                return
        self.stop()
        raise SystemExit(f"the emulator did not start:\n{self.said()}")

    def said(self):
        """Return the end of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])

    def stop(self):
        """Stop it, and the functions that it runs."""
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def routes(resources):
    """Give each route of an HTTP API a resource of its own.

    SAM writes the routes into `Body` of the API, which the emulator does not read.
    """
    (api,) = [name for name, one in resources.items() if one["Type"] == "AWS::ApiGatewayV2::Api"]
    body = resources[api]["Properties"].pop("Body")
    cors = body.get("x-amazon-apigateway-cors", {})
    resources[api]["Properties"].update({"Name": "audit-log", "ProtocolType": "HTTP"})
    if cors:
        resources[api]["Properties"].pop("CorsConfiguration", None)
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            is_any = method == "x-amazon-apigateway-any-method"
            verb = "ANY" if is_any else method.upper()
            key = path if path == "$default" else f"{verb} {path}"
            name = "".join(one for one in f"{verb}{path}".title() if one.isalnum())
            wanted = operation["x-amazon-apigateway-integration"]
            resources[f"Integration{name}"] = {
                "Type": "AWS::ApiGatewayV2::Integration",
                "Properties": {
                    "ApiId": {"Ref": api},
                    "IntegrationType": "AWS_PROXY",
                    "IntegrationUri": wanted["uri"],
                    "PayloadFormatVersion": wanted["payloadFormatVersion"],
                },
            }
            target = {"Fn::Sub": f"integrations/${{Integration{name}}}"}
            resources[f"Route{name}"] = {
                "Type": "AWS::ApiGatewayV2::Route",
                "Properties": {"ApiId": {"Ref": api}, "RouteKey": key, "Target": target},
            }


def fit_role(role):
    """Take from a role what the emulator cannot evaluate.

    It knows neither `dynamodb:LeadingKeys` nor `dynamodb:Attributes`, and no action of PartiQL:
    those it must allow by operation, on everything. The rest it enforces, action by action, on
    tables, indexes, queue and bucket.
    """
    for policy in role["Properties"].get("Policies", []):
        statements = policy["PolicyDocument"]["Statement"]
        statements = statements if isinstance(statements, list) else [statements]
        operations = set()
        for statement in statements:
            statement.pop("Condition", None)
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                operations.update(BY_OPERATION.get(action, []))
        if operations:
            statements.append({"Effect": "Allow", "Action": sorted(operations), "Resource": "*"})
        policy["PolicyDocument"]["Statement"] = statements


def without_metric_math(resources):
    """Take out alarms over an expression, and what shows them: the emulator knows none."""
    alarms = [
        name
        for name, one in resources.items()
        if one["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in one["Properties"]
    ]
    for name in alarms:
        del resources[name]
    dashboard = resources["Dashboard"]["Properties"]
    body = json.loads(dashboard["DashboardBody"]["Fn::Sub"])
    for widget in body["widgets"]:
        shown = widget["properties"].get("alarms", [])
        shown[:] = [arn for arn in shown if arn[2:].split(".")[0] not in alarms]
    dashboard["DashboardBody"] = {"Fn::Sub": json.dumps(body)}


def fitted(document, endpoint):
    """Return the transformed template with what the emulator needs."""
    resources = document["Resources"]
    routes(resources)
    without_metric_math(resources)
    # It denies access without TLS, which the emulator does not have.
    del resources["ExportsBucketPolicy"]
    for resource in resources.values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Role":
            fit_role(resource)
        if resource["Type"] == "AWS::Lambda::Function":
            # The emulator runs programs of this machine.
            properties["Architectures"] = ["x86_64"]
            variables = properties.setdefault("Environment", {}).setdefault("Variables", {})
            for service in ("", "_S3", "_SQS"):
                variables[f"AWS_ENDPOINT_URL{service}"] = endpoint
    return document

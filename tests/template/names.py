"""Fails if a resource of template.yaml has a name that two stacks of one account would share.

The template is transformed as CloudFormation does it (aws-sam-translator), because SAM gives names
to some resources that do not stand in the template. `make template` runs it with SAM's Python.
"""

import json
import os
import sys
from pathlib import Path

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

# The property that is the physical name of a resource, by the resource's type: unique within an
# account and region, or in the world. None means that no name is, or that it is unique within
# another resource of the stack (CloudFormation template reference).
PHYSICAL_NAMES = {
    "AWS::ApiGatewayV2::Api": None,
    "AWS::ApiGatewayV2::Stage": None,
    "AWS::CloudTrail::Trail": "TrailName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::EventSourceMapping": None,
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Lambda::Permission": None,
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Logs::MetricFilter": None,
    "AWS::S3::Bucket": "BucketName",
    "AWS::S3::BucketPolicy": None,
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Scheduler::Schedule": "Name",
}


class NoManagedPolicies:
    """The template names no managed policy by its short name, so none is looked up."""

    def load(self):
        """Return the policies by their short names."""
        return {}


def transformed(path):
    """Return the resources of a template as CloudFormation gets them."""
    template = yaml_parse(path.read_text())
    parameters = {
        name: parameter.get("Default", "a-value")
        for name, parameter in template["Parameters"].items()
    }
    for resource in template["Resources"].values():
        # `sam build` puts an address in S3 here.
        if "CodeUri" in resource.get("Properties", {}):
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    return transform(template, parameters, NoManagedPolicies())["Resources"]


def has_stack_name(value):
    """Return whether a value contains the name of the stack."""
    return "${AWS::StackName}" in json.dumps(value)


def problems(resources):
    """Yield a line for each name that two stacks would share."""
    for name, resource in resources.items():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind not in PHYSICAL_NAMES:
            yield f"{name}: say in PHYSICAL_NAMES which property names an {kind}"
            continue
        physical = properties.get(PHYSICAL_NAMES[kind])
        if physical is not None and not has_stack_name(physical):
            yield f"{name}: two stacks would share the name {json.dumps(physical)}"
        for metric in properties.get("MetricTransformations", []):
            if not has_stack_name(metric["MetricNamespace"]):
                yield f"{name}: two stacks would share its metrics"


def main():
    """Check the template of the project."""
    resources = transformed(Path(__file__).parents[2] / "template.yaml")
    found = list(problems(resources))
    print(*found, sep="\n", end="\n" if found else "")
    if found:
        sys.exit(1)
    print(f"{len(resources)} resources, and none has a name that another stack could have")


if __name__ == "__main__":
    main()

"""Fails if a resource of template.yaml has a name that two stacks of one account would share.

It looks at what SAM makes of the template, because SAM gives names to some resources that do not
stand in it, and at the stack with gradual deployments, which has more resources.
"""

import json
import sys

from stack import transformed

# The property that is the physical name of a resource, by the resource's type: unique within an
# account and region, or in the world. None means that no name is, or that it is unique within
# another resource of the stack (CloudFormation template reference).
PHYSICAL_NAMES = {
    "AWS::ApiGatewayV2::Api": None,
    "AWS::ApiGatewayV2::Stage": None,
    "AWS::Backup::BackupPlan": None,
    "AWS::Backup::BackupSelection": None,
    "AWS::Backup::BackupVault": "BackupVaultName",
    "AWS::CloudTrail::Trail": "TrailName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::CodeDeploy::Application": "ApplicationName",
    "AWS::CodeDeploy::DeploymentGroup": None,
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Alias": None,
    "AWS::Lambda::EventSourceMapping": None,
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Lambda::Permission": None,
    "AWS::Lambda::Version": None,
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Logs::MetricFilter": None,
    "AWS::S3::Bucket": "BucketName",
    "AWS::S3::BucketPolicy": None,
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::Scheduler::ScheduleGroup": "Name",
}


def has_stack_name(value):
    """Return whether a value contains the name or the id of the stack."""
    text = json.dumps(value)
    return "${AWS::StackName}" in text or '{"Ref": "AWS::StackId"}' in text


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
    resources = {**transformed(), **transformed(TrafficShift="Canary10Percent30Minutes")}
    found = list(problems(resources))
    print(*found, sep="\n", end="\n" if found else "")
    if found:
        sys.exit(1)
    print(f"{len(resources)} resources, and none has a name that another stack could have")


if __name__ == "__main__":
    main()

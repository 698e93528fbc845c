"""Reads template.yaml, and transforms it as CloudFormation does.

The transformation is SAM's own (aws-sam-translator), because SAM makes resources that do not stand
in the template. The scripts that import this one need SAM's Python; `make template` runs them.
"""

import logging
import os
from pathlib import Path

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

ROOT = Path(__file__).parents[2]
# What a parameter without a default is, and what `sam build` would put into CodeUri.
ANY_VALUE = "a-value"
ANY_CODE = "s3://bucket/key"


class NoManagedPolicies:
    """The template names no managed policy by its short name, so none is looked up."""

    def load(self):
        """Return the policies by their short names."""
        return {}


def template():
    """Return the template, with intrinsic functions in their long form."""
    return yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))


def defaults():
    """Return the value of each parameter of a stack that sets none."""
    return {
        name: parameter.get("Default", ANY_VALUE)
        for name, parameter in template()["Parameters"].items()
    }


def document(code=None, **parameters):
    """Return the template as CloudFormation gets it, with these parameters.

    `code` maps the name of a function's folder to the address of its zip.
    """
    source = template()
    for resource in source["Resources"].values():
        if uri := resource.get("Properties", {}).get("CodeUri"):
            name = Path(uri).name
            resource["Properties"]["CodeUri"] = code[name] if code else ANY_CODE
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    return transform(source, {**defaults(), **parameters}, NoManagedPolicies())


def transformed(**parameters):
    """Return the resources as CloudFormation gets them, with these parameters."""
    return document(**parameters)["Resources"]

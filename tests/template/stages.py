"""Fails if a stage of samconfig.toml sets what the template does not take.

SAM passes an unknown parameter on, and CloudFormation refuses it only when the stage is deployed.
"""

import re
import sys

import tomllib
from stack import ROOT, template, transformed


def faults(name, value, parameters):
    """Yield what is wrong with one setting of a stage."""
    parameter = parameters.get(name)
    if parameter is None:
        yield f"there is no parameter {name}"
        return
    allowed = [str(one) for one in parameter.get("AllowedValues", [])]
    if allowed and value not in allowed:
        yield f"{name} cannot be {value}"
    if not re.fullmatch(parameter.get("AllowedPattern", ".*"), value):
        yield f"{name} does not match its pattern: {value}"
    if parameter["Type"] == "Number":
        least, most = parameter.get("MinValue", value), parameter.get("MaxValue", value)
        if not float(least) <= float(value) <= float(most):
            yield f"{name} must be {least} to {most}: {value}"


def main():
    """Check each stage, and that the template can be transformed with its parameters."""
    parameters = template()["Parameters"]
    stages = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    del stages["version"]
    found, names = [], []
    for stage, commands in stages.items():
        names.append(commands["global"]["parameters"]["stack_name"])
        settings = commands["deploy"]["parameters"].get("parameter_overrides", [])
        pairs = dict(setting.split("=", 1) for setting in settings)
        wrong = [fault for pair in pairs.items() for fault in faults(*pair, parameters)]
        found += [f"{stage}: {fault}" for fault in wrong]
        if not wrong:
            transformed(**pairs)
    if len(set(names)) != len(names):
        found.append("two stages have the same stack")
    print(*found, sep="\n", end="\n" if found else "")
    if found:
        sys.exit(1)
    print(f"{len(stages)} stages, and the template takes what they set")


if __name__ == "__main__":
    main()

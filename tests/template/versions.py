"""Fails if a changed parameter would not reach the functions.

Requests go to the alias `live`, which points to a published version. SAM publishes another version
if a property of the function changes in the template. A parameter with another value changes none
there, so its name must stand in `VersionDescription`.
"""

import json
import sys

from stack import defaults, template, transformed


def versions(resources):
    """Return the published version of each function, with all that replaces it."""
    return {
        resource["Properties"]["FunctionName"]["Ref"]: (name, resource["Properties"])
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Lambda::Version"
    }


def described(version, parameters):
    """Return a version as text, with the values of the parameters in its description."""
    text = json.dumps(version)
    for name, value in parameters.items():
        text = text.replace(f"${{{name}}}", str(value))
    return text


def parameters_of(function):
    """Yield the parameters in the environment of a function of the transformed template."""
    names = template()["Parameters"]
    for value in function["Properties"].get("Environment", {}).get("Variables", {}).values():
        if isinstance(value, dict) and value.get("Ref") in names:
            yield value["Ref"]


def main():
    """Change each parameter of each function, and look whether its version changes."""
    before, resources = defaults(), transformed()
    count, missing = 0, []
    for function, version in versions(resources).items():
        for name in parameters_of(resources[function]):
            count += 1
            changed = {**before, name: "changed"}
            after = versions(transformed(**{name: "changed"}))[function]
            if described(version, before) == described(after, changed):
                missing.append(f"{function}: {name} is not in its VersionDescription")
    print(*missing, sep="\n", end="\n" if missing else "")
    if missing or not count:
        sys.exit(1)
    print(f"{count} parameters in environments, and each one makes a new version")


if __name__ == "__main__":
    main()

"""Fails if an alarm of template.yaml tells nobody, watches nothing, or is not in the guide.

Every alarm has a line in docs/operations.md that says what to look at and what to do, and every
alarm there is in the template. The dashboard shows every alarm and is what CloudWatch can read.
Every metric of the stack's own is watched by an alarm or shown in the dashboard.
"""

import json
import re
import sys

from stack import ROOT, template

GUIDE = "docs/operations.md"


def of_type(resources, kind):
    """Return the properties of the resources of a type, by their logical ids."""
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == kind
    }


def in_guide():
    """Return each alarm of the guide's table, with what its line says to do."""
    text = (ROOT / GUIDE).read_text(encoding="utf-8")
    section = text.split("\n## Alarms\n")[1].split("\n## ")[0]
    found = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for name in re.findall(r"`(\w+Alarm)`", cells[0] if cells else ""):
            if name in found:
                sys.exit(f"{GUIDE} has two lines for {name}")
            found[name] = cells[2]
    return found


def own_metrics(value):
    """Yield the names of the stack's own metrics in the properties of an alarm."""
    if isinstance(value, dict):
        if "MetricName" in value and "AuditLog/" in json.dumps(value.get("Namespace", "")):
            yield value["MetricName"]
        for part in value.values():
            yield from own_metrics(part)
    elif isinstance(value, list):
        for part in value:
            yield from own_metrics(part)


def of_alarms(alarms):
    """Yield what is wrong with the alarms themselves."""
    for name, alarm in alarms.items():
        for needed in ("AlarmDescription", "AlarmActions", "OKActions", "TreatMissingData"):
            if needed not in alarm:
                yield f"{name} has no {needed}"
        if alarm.get("AlarmActions") != alarm.get("OKActions"):
            yield f"{name} does not tell the same when it is over"


def of_guide(alarms):
    """Yield how the alarms and the guide differ."""
    described = in_guide()
    for name in sorted(alarms.keys() - described.keys()):
        yield f"{GUIDE} says nothing about {name}"
    for name in sorted(described.keys() - alarms.keys()):
        yield f"{GUIDE} has {name}, which is not in the template"
    for name, advice in described.items():
        if len(advice) < 40:
            yield f"{GUIDE} does not say what to do about {name}"


def in_dashboards(dashboards):
    """Yield the names of the stack's own metrics in the widgets of dashboards."""
    for dashboard in dashboards.values():
        for widget in json.loads(dashboard["DashboardBody"]["Fn::Sub"])["widgets"]:
            for metric in widget["properties"].get("metrics", []):
                if metric[0].startswith("AuditLog/"):
                    yield metric[1]


def of_metrics(alarms, filters, dashboards):
    """Yield what is over no metric, and the metrics that nobody sees."""
    made = {
        metric["MetricName"]
        for each in filters.values()
        for metric in each["MetricTransformations"]
    }
    watched = {metric for alarm in alarms.values() for metric in own_metrics(alarm)}
    shown = set(in_dashboards(dashboards))
    for metric in sorted((watched | shown) - made):
        yield f"no metric filter makes {metric}"
    for metric in sorted(made - watched - shown):
        yield f"no alarm watches {metric}, and no dashboard shows it"


def of_dashboard(alarms, dashboards):
    """Yield what the dashboard lacks."""
    for name, dashboard in dashboards.items():
        body = dashboard["DashboardBody"]["Fn::Sub"]
        widgets = json.loads(body)["widgets"]
        shown = {arn for widget in widgets for arn in widget["properties"].get("alarms", [])}
        for alarm in sorted(alarms):
            if f"${{{alarm}.Arn}}" not in shown:
                yield f"{name} does not show {alarm}"


def main():
    """Check the alarms of the template."""
    resources = template()["Resources"]
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    dashboards = of_type(resources, "AWS::CloudWatch::Dashboard")
    found = [
        *of_alarms(alarms),
        *of_guide(alarms),
        *of_metrics(alarms, of_type(resources, "AWS::Logs::MetricFilter"), dashboards),
        *of_dashboard(alarms, dashboards),
    ]
    print(*found, sep="\n", end="\n" if found else "")
    if found:
        sys.exit(1)
    print(f"{len(alarms)} alarms, and {GUIDE} says what to do about each")


if __name__ == "__main__":
    main()

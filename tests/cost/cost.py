#!/usr/bin/env python3
"""Print what the service costs, from measured units and a file of prices.

    python3 tests/cost/cost.py           # the tables, as docs/operations.md has them
    python3 tests/cost/cost.py --check   # fails if docs/operations.md has other tables

The units of DynamoDB are those of docs/benchmark.md and docs/jobs.md, which recipes print. The size
of the functions and the number of alarms are those of template.yaml. `prices.json` has the prices
with their sources, and what is assumed because nothing here can measure it: how long a function of
AWS takes, and how long lines and answers are.
"""

import argparse
import json
import math
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs/operations.md"
BEGIN, END = "<!-- make cost -->", "<!-- end of make cost -->"
# A month of AWS's price lists: 730 hours.
SECONDS = 730 * 3600
MILLION = 1e6
GB = 1024**3
# How publishers send: entries a second, and entries in a request.
PUBLISHERS = [(1, 1), (100, 1), (100, 100), (1000, 1), (1000, 100)]


def number(text):
    """Return a number of a document, such as 1,973."""
    return float(text.replace(",", ""))


def only(pattern, text, where):
    """Return the groups of a pattern that a document contains exactly once."""
    found = re.findall(pattern, text)
    if len(found) != 1:
        sys.exit(f"{where} has {len(found)} places like {pattern}")
    groups = found[0] if isinstance(found[0], tuple) else (found[0],)
    return [number(group) for group in groups]


def measured():
    """Return the measured units, by name."""
    benchmark = (ROOT / "docs/benchmark.md").read_text(encoding="utf-8")
    jobs = (ROOT / "docs/jobs.md").read_text(encoding="utf-8")
    num = r"([\d.,]*\d)"
    busy = rf"\| {num} \| {num}, {num} \| {num} /"
    quiet = only(rf"counting these entries cost {num} WCU and {num} RCU", benchmark, "benchmark")
    at_13 = only(rf"\| 13 entries a second \| [\d,]+ {busy}", benchmark, "benchmark")
    at_100 = only(rf"\| 100 entries a second \| [\d,]+ {busy}", benchmark, "benchmark")
    (first,) = only(
        rf"(?s)## A quiet log.*?\| none \| all \| first \| [\d,]+ \| {num} /",
        benchmark,
        "benchmark",
    )
    (size,) = only(rf"for a thousand entries\s+of {num} bytes", benchmark, "benchmark")
    (check,) = only(rf"\*\*Cost\*\*: {num} RCU an entry, once", jobs, "jobs")
    return {
        "record": at_100[0],
        "quiet": quiet,
        "busy": at_100[1:3],
        "check": check,
        "size": size,
        "pages": {
            "no entries": first,
            "13 entries a second": at_13[3],
            "100 entries a second": at_100[3],
        },
    }


def of_template():
    """Return what the template says: GB of a function, metrics of alarms, and own metrics."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    resources = re.split(r"(?m)^  (?=\w+:$)", text.split("\nResources:\n")[1])
    of = {
        kind: [one for one in resources if f"Type: AWS::{kind}\n" in one]
        for kind in ("CloudWatch::Alarm", "Logs::MetricFilter", "CloudWatch::Dashboard")
    }
    names = {re.findall(r"MetricName: (\w+)", one)[0] for one in of["Logs::MetricFilter"]}
    (memory,) = re.findall(r"(?m)^    MemorySize: (\d+)$", text)
    return {
        "gb": int(memory) / 1024,
        "alarm_metrics": sum(one.count("MetricName:") for one in of["CloudWatch::Alarm"]),
        "metrics": len(names),
        "dashboards": len(of["CloudWatch::Dashboard"]),
    }


def bill(entries, together, units, stack, prices, assumed):
    """Return the lines of the bill of a month, in dollars."""
    a_month = entries * SECONDS
    requests = a_month / together
    writes, reads = units["quiet"] if entries < 10 else units["busy"]
    is_batch = together > 1
    seconds = assumed["batch_ms" if is_batch else "record_ms"] / 1000 * requests
    # A shard has one batch at a time, so one instance for each shard is the most.
    shards = math.ceil(entries * units["record"] / assumed["units_of_a_shard"])
    answer = assumed["batch_answer_kb" if is_batch else "record_answer_kb"]
    stored = (units["size"] + assumed["item_overhead_bytes"]) * a_month / GB
    of_lambda = prices["lambda_gb_second"] * stack["gb"]
    return {
        "storing entries": prices["write_units_million"] * units["record"] * a_month / MILLION,
        "numbering and counting, writes": prices["write_units_million"]
        * writes
        * a_month
        / MILLION,
        "numbering and counting, reads": prices["read_units_million"] * reads * a_month / MILLION,
        "the check of each day": prices["read_units_million"] * units["check"] * a_month / MILLION,
        "API Gateway": prices["gateway_requests_million"] * requests / MILLION,
        "`record`": prices["lambda_requests_million"] * requests / MILLION + of_lambda * seconds,
        "`tally`, at most": of_lambda * SECONDS * shards,
        "logs": prices["logs_gb"] * assumed["request_log_kb"] * requests * 1024 / GB,
        "answers": prices["data_out_gb"] * answer * requests * 1024 / GB,
        # The table and both indexes; recovery is paid for by the size of the table alone.
        "storage of one month's entries": prices["table_gb_month"] * 3 * stored,
        "point-in-time recovery of them": prices["recovery_gb_month"] * stored,
        "alarms, metrics, dashboard": prices["alarm_metric_month"] * stack["alarm_metrics"]
        + prices["metric_month"] * stack["metrics"]
        + prices["dashboard_month"] * stack["dashboards"],
    }


def dollars(value):
    """Return a sum as the tables show it."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 0.01 or value == 0 else f"{value:.4f}"


def line(cells):
    """Return a line of a table."""
    return f"| {' | '.join(cells)} |"


def of_publishers(units, stack, prices, assumed):
    """Yield the table of what recording costs."""
    bills = [bill(*one, units, stack, prices, assumed) for one in PUBLISHERS]
    heads = [
        f"{entries:,} a second, {'one by one' if together == 1 else f'in batches of {together}'}"
        for entries, together in PUBLISHERS
    ]
    yield line(["USD a month", *heads])
    yield "|---|" + "--:|" * len(bills)
    for name in bills[0]:
        yield line([name, *(dollars(one[name]) for one in bills)])
    sums = [sum(one.values()) for one in bills]
    yield line(["**sum**", *(f"**{dollars(one)}**" for one in sums)])
    millions = [entries * SECONDS / MILLION for entries, _ in PUBLISHERS]
    each = [dollars(one / count) for one, count in zip(sums, millions, strict=True)]
    yield line(["for a million entries", *each])


def of_pages(units, stack, prices, assumed):
    """Yield the table of what reading costs."""
    yield line(["1,000 first pages of a log that gets", "RCU a page", "USD"])
    yield "|---|--:|--:|"
    requests = 1000
    fixed = (
        prices["gateway_requests_million"] * requests / MILLION
        + prices["lambda_requests_million"] * requests / MILLION
        + prices["lambda_gb_second"] * stack["gb"] * assumed["page_ms"] / 1000 * requests
        + prices["logs_gb"] * assumed["request_log_kb"] * requests * 1024 / GB
        + prices["data_out_gb"] * assumed["page_answer_kb"] * requests * 1024 / GB
    )
    for name, page in units["pages"].items():
        read = prices["read_units_million"] * page * requests / MILLION
        yield line([name, f"{page:g}", dollars(fixed + read)])


def tables():
    """Return both tables, with a line about the prices before them."""
    file = json.loads((Path(__file__).parent / "prices.json").read_text(encoding="utf-8"))
    prices = {name: price["value"] for name, price in file["prices"].items()}
    assumed = {name: value["value"] for name, value in file["assumed"].items()}
    units, stack = measured(), of_template()
    return "\n".join(
        [
            f"Prices of {file['region']}, {file['as_of']}; a month of 730 hours.",
            "",
            *of_publishers(units, stack, prices, assumed),
            "",
            *of_pages(units, stack, prices, assumed),
        ]
    )


def check(text):
    """Fail if the guide has other tables."""
    guide = GUIDE.read_text(encoding="utf-8")
    if guide.count(BEGIN) != 1 or guide.count(END) != 1:
        sys.exit(f"{GUIDE.name} has no place for the tables of `make cost`")
    found = guide.split(BEGIN)[1].split(END)[0].strip()
    if found != text:
        sys.exit(f"{GUIDE.name} has other tables than `make cost` prints")
    print(f"{GUIDE.name} has the tables that `make cost` prints")


def main():
    """Print the tables, or compare them with the guide."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with the guide")
    if parser.parse_args().check:
        check(tables())
    else:
        print(tables())


if __name__ == "__main__":
    main()

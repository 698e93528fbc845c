"""Random entries and filters for check.py, and JSON in which numbers keep their text."""

import dataclasses
import datetime
import ipaddress
import json

ACTIONS = [
    "settings.update",
    "member.invite",
    "member.remove",
    "project.create",
    "project.update",
    "api_key.create",
    "integration.connect",
]
TARGET_TYPES = ["workspace", "project", "member", "settings", "integration", "api_key"]
ACTOR_TYPES = ["user", "api_key", "system"]
OUTCOMES = ["success", "failure", "denied"]

# Texts that break cells, lines or readers.
TEXTS = [
    "=1+1",
    '=HYPERLINK("http://example.com","x")',
    "+49 30 1234",
    "-5",
    "@SUM(A1:A9)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\r\n",
    '"',
    '""',
    '","',
    "a,b;c",
    "'=1",
    "' ",
    " =1",
    "a\r\nb",
    "a\nb\rc",
    "end\r",
    'end"',
    "\0",
    "a\0b",
    "\x1a",
    "\x7f",
    "\u0085",
    "\u2028",
    "a\u2029b",
    "\ufeff=1",
    "\u202eevil\u202c",
    "\u200f\u200e",
    '\u05e9\u05dc\u05d5\u05dd, "\u0645\u0631\u062d\u0628\u0627"',
    "\U0001f469\u200d\U0001f680",
    "\U0001f1e9\U0001f1ea\U0001f600",
    "e\u0301\u00e9",
    "\ufffd",
    "\uffff",
    "\U0010ffff",
    "null",
    "true",
    "\\",
    '\\"',
    "\\u0000",
    "\\N",
    "#REF!",
    "<script>alert(1)</script>",
    "%s%00",
    "---",
    "NaN",
]
# The same for ids, which have no invisible characters and no white space at their ends.
IDS = [
    "usr_1",
    "usr_2",
    "=1+1",
    "+49",
    "-5",
    "@me",
    'a"b',
    '"',
    "x,y",
    "'q'",
    "a b",
    "\u7528\u6237",
    "\U0001f600",
    "e\u0301",
    "a/b?c&d=e+f#g%20",
    "\\",
    "null",
    "7",
    "\U0001f600" * 128,
    "z" * 128,
]
EMAILS = [
    "ada@example.com",
    "=a@b",
    "+x@y.example",
    "-@x",
    '"a,b"@example.com',
    "'@x",
    "\u00fc\u00f1@\u00ef.example",
    "\U0001f600@x",
]
ADDRESSES = ["203.0.113.7", "::ffff:203.0.113.7", "2001:DB8:0:0::1", "::1", "fe80:0:0:0:0:0:0:1"]
# Numbers that a floating-point number or an integer of 64 bits would change.
NUMBERS = [
    "-5",
    "0",
    "-0",
    "1",
    "1.0",
    "1e0",
    "1E+2",
    "1e-400",
    "1e400",
    "-1e-400",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "9007199254740993",
    "0.1000",
    "3.141592653589793238462643383279",
    "12345678901234567890.12345678901234567890",
]
MAX_USER_AGENT_CHARS = 512


@dataclasses.dataclass(frozen=True)
class Number:
    """A number, kept as its text."""

    text: str


def members(pairs):
    """Make an object. Raises ValueError if a key is there twice."""
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise ValueError("a key is there twice")
    return tree


def read(text):
    """Read a JSON text as a tree in which numbers keep their text."""
    return json.loads(text, parse_int=Number, parse_float=Number, object_pairs_hook=members)


def written(tree):
    """Write a tree as the service stores values: without white space and with sorted keys."""
    if isinstance(tree, Number):
        return tree.text
    if isinstance(tree, dict):
        # Text sorted by code points is sorted by its UTF-8 bytes as well.
        texts = [f"{written(name)}:{written(tree[name])}" for name in sorted(tree)]
        return "{" + ",".join(texts) + "}"
    if isinstance(tree, list):
        return "[" + ",".join(map(written, tree)) + "]"
    return json.dumps(tree, ensure_ascii=False)


def text(chance, most):
    """Make a text of at most so many characters."""
    return "".join(chance.choice(TEXTS) for _ in range(chance.choice((1, 1, 1, 2, 5))))[:most]


def value(chance, depth=0):
    """Make a value. About one in five is too large to be stored in the item of its entry."""
    kind = chance.randrange(10)
    if depth == 0 and kind == 0:
        return {
            "big": (text(chance, 256) * 2_000)[: chance.randint(1_100, 20_000)],
            "n": Number(chance.choice(NUMBERS)),
        }
    if depth == 0 and kind == 1:
        return [Number(chance.choice(NUMBERS)) for _ in range(chance.randint(400, 1_000))]
    if kind <= 3 and depth < 4:
        return {
            chance.choice(["role", "", "__proto__", text(chance, 512)]): value(chance, depth + 1)
            for _ in range(chance.randrange(5))
        }
    if kind == 4 and depth < 4:
        return [value(chance, depth + 1) for _ in range(chance.randrange(5))]
    if kind <= 6:
        return Number(chance.choice(NUMBERS))
    return chance.choice(
        [None, True, False, text(chance, 5_000), text(chance, 5_000), text(chance, 5_000)]
    )


def moment(chance):
    """Make a time in the last 80 days. Many entries share one, to the millisecond."""
    now = datetime.datetime.now(datetime.timezone.utc)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    any_second = (chance.randrange(80 * 86_400), chance.randrange(80 * 86_400))
    seconds = chance.choice((*any_second, chance.randrange(3) * 86_400))
    milliseconds = chance.choice((0, 1, chance.randrange(1_000)))
    ago = datetime.timedelta(days=1, seconds=seconds, milliseconds=milliseconds)
    return written_time(today - ago)


def written_time(time):
    """Write a time as RFC 3339 with milliseconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def entry(chance):
    """Make an entry to record."""

    def some(odds, make):
        return make() if chance.random() < odds else None

    def party(types, more):
        made = {
            "type": chance.choice(types),
            "id": chance.choice(IDS),
            "name": some(0.7, lambda: text(chance, 256)),
            **more,
        }
        return {name: member for name, member in made.items() if member is not None}

    made = {
        "occurred_at": moment(chance),
        "actor": party(ACTOR_TYPES, {"email": some(0.5, lambda: chance.choice(EMAILS))}),
        "action": chance.choice(ACTIONS),
        "target": party(TARGET_TYPES, {}),
        "outcome": some(0.7, lambda: chance.choice(OUTCOMES)),
        "ip_address": some(0.5, lambda: chance.choice(ADDRESSES)),
        "user_agent": some(0.6, lambda: (text(chance, 512) * chance.choice((1, 1, 1, 600)))[:600]),
        "external_id": some(0.5, lambda: chance.choice(IDS)),
        "request_id": some(0.5, lambda: chance.choice(IDS)),
    }
    made = {name: member for name, member in made.items() if member is not None}
    return made | {
        name: value(chance) for name in ("old_value", "new_value") if chance.random() < 0.7
    }


def as_stored(sent):
    """Return what the service stores of an entry, according to docs/api.md."""
    kept = {"outcome": "success", **sent}
    if "ip_address" in sent:
        address = ipaddress.ip_address(sent["ip_address"])
        kept["ip_address"] = str(getattr(address, "ipv4_mapped", None) or address)
    if len(sent.get("user_agent", "")) > MAX_USER_AGENT_CHARS:
        kept |= {
            "user_agent": sent["user_agent"][:MAX_USER_AGENT_CHARS],
            "user_agent_truncated": True,
        }
    return kept


def matches(sent, filters):
    """Whether an entry matches filters."""
    facts = {
        "action": sent["action"],
        "target_type": sent["target"]["type"],
        "target_id": sent["target"]["id"],
        "actor_id": sent["actor"]["id"],
    }
    if any(facts[name] != wanted for name, wanted in filters.items() if name in facts):
        return False
    return filters.get("from", "") <= sent["occurred_at"] < filters.get("to", "~")


def filters(chance, sent, count):
    """Make filters: none, one without matches, the exports themselves, and facts of entries."""
    yield {}
    yield {"actor_id": "nobody"}
    yield {"action": "audit_log.export"}
    for _ in range(count - 3):
        like = chance.choice(sent)
        made = {}
        if chance.random() < 0.4:
            made["action"] = like["action"]
        if chance.random() < 0.5:
            made["target_type"] = like["target"]["type"]
            if chance.random() < 0.5:
                made["target_id"] = like["target"]["id"]
        if chance.random() < 0.3:
            made["actor_id"] = like["actor"]["id"]
        start, end = sorted((like["occurred_at"], chance.choice(sent)["occurred_at"]))
        if chance.random() < 0.4:
            made["from"] = start
        if chance.random() < 0.4:
            made["to"] = end
        yield made

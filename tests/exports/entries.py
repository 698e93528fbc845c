"""Random entries and filters for check.py."""

import datetime
import ipaddress

from tree import Number

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
ACTOR_TYPES = ["user", "user", "api_key", "system", "service_account", "anonymous"]
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
    "\U0001f600" * 512,
    "z" * 512,
]
# What `name.slice(0, 256)` leaves of an emoji, and other halves of surrogate pairs.
HALVES = ["\ud83d", "\ude00", "a\ud83d", "\ud83d\ud83d\ude00", "\udfff=1"]
EMAILS = [
    "ada@example.com",
    "=a@b",
    "+x@y.example",
    "-@x",
    '"a,b"@example.com',
    "'@x",
    "\u00fc\u00f1@\u00ef.example",
    "\U0001f600@x",
    "nobody",
    "a@b@c",
    "a b@c.example",
    "",
    "a@b.example\r\nBcc: x@y.example",
    "a\u200b@x",
    "\ud83d@x",
    "e" * 260 + "@x.example",
    "e" * 250 + "@x\u2028.example",
]
ADDRESSES = [
    "203.0.113.7",
    "::ffff:203.0.113.7",
    "2001:DB8:0:0::1",
    "::1",
    "fe80:0:0:0:0:0:0:1",
    "203.0.113.7:51454",
    " 203.0.113.7\t",
    "[2001:DB8::1]:443",
    "[::1]",
    "fe80::1%eth0",
    "[fe80::1%25en0]:1",
    "203.0.113.7, 10.0.0.1",
    "203.0.12.9",
    "20.3.0.9",
    "10.1.0.2",
    "10.97.0.1",
    "10.200.1.1",
    "2001:db8:1::2",
    "203.0.113.7%eth0",
    "0177.0.0.1",
    "unknown",
    "host.example:80",
    "",
    "=1+1",
    "1.2.3.4\ud83d",
    ", ".join(["203.0.113.7"] * 60),
]
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
    "9" * 64,
    "9" * 65,
    "-0." + "1" * 700,
    "1" * 1_100 + "e5",
]


def text(chance, most):
    """Make a text of at most this many characters."""
    return "".join(chance.choice(TEXTS) for _ in range(chance.choice((1, 1, 1, 2, 5))))[:most]


def spoken(chance, most):
    """Make a text that an end user chose: sometimes broken, too long, empty or no text."""
    kind = chance.randrange(12)
    if kind == 0:
        return chance.choice(
            [
                "",
                True,
                Number(chance.choice(NUMBERS)),
                [chance.choice(HALVES), Number("1.0")],
                {"b": text(chance, 9), "a": []},
                text(chance, 9) * most,
            ]
        )
    if kind == 1:
        return chance.choice(HALVES) + text(chance, most // 2) + chance.choice(HALVES)
    return text(chance, most)


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
        [None, True, False, text(chance, 5_000), text(chance, 5_000), chance.choice(HALVES)]
    )


def metadata(chance):
    """Make metadata: mostly texts, numbers, true and false, and some that are none of these."""
    names = ["=1+1", "a/b~c", "count", "flag", "plan", "\u7528\u6237", "z" * 128, "nested", "void"]
    made = {}
    for name in chance.sample(names, chance.randrange(len(names) + 1)):
        made[name] = chance.choice(
            [
                spoken(chance, 1_024),
                text(chance, 1_024),
                Number(chance.choice(NUMBERS)),
                chance.random() < 0.5,
                chance.choice(["", None, [], {"a": [Number("1e0"), chance.choice(HALVES)]}]),
            ]
        )
    return made


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
            "name": some(0.7, lambda: spoken(chance, 256)),
            **more,
        }
        if made["type"] == "anonymous" and chance.random() < 0.5:
            del made["id"]
        return {name: member for name, member in made.items() if member is not None}

    def actor():
        return party(ACTOR_TYPES, {"email": some(0.5, lambda: chance.choice(EMAILS))})

    targets = []
    for _ in range(chance.choice((1, 1, 1, 2, 3, 11))):
        one = party(TARGET_TYPES, {})
        if all((one["type"], one["id"]) != (other["type"], other["id"]) for other in targets):
            targets.append(one)
    made = {
        "occurred_at": moment(chance),
        "actor": actor(),
        "on_behalf_of": some(0.3, actor),
        "action": chance.choice(ACTIONS),
        "target": targets[0],
        "targets": targets[1:] or some(0.1, list),
        "outcome": some(0.7, lambda: chance.choice(OUTCOMES)),
        "reason": some(0.3, lambda: spoken(chance, 1_024)),
        "ip_address": some(0.6, lambda: chance.choice(ADDRESSES)),
        "user_agent": some(0.6, lambda: spoken(chance, 512)),
        "location": some(0.3, lambda: spoken(chance, 256)),
        "session_id": some(0.3, lambda: chance.choice(IDS)),
        "metadata": some(0.4, lambda: metadata(chance)),
        "external_id": some(0.5, lambda: chance.choice(IDS)),
        "request_id": some(0.5, lambda: chance.choice(IDS)),
    }
    made = {name: member for name, member in made.items() if member is not None}
    return made | {
        name: value(chance) for name in ("old_value", "new_value") if chance.random() < 0.7
    }


def is_selected(wanted, name):
    """Whether a filter selects a name: it gives names, or those to leave out after a minus each."""
    if wanted is None:
        return True
    names = wanted.split(",")
    if wanted.startswith("-"):
        return f"-{name}" not in names
    return name in names


def is_within(address, wanted):
    """Whether an address is within a range, or the single one that is wanted."""
    if address is None:
        return False
    return ipaddress.ip_address(address) in ipaddress.ip_network(wanted)


def matches(stored, filters):
    """Whether an entry matches filters. A target is found among all targets, a type is the first's.

    An actor without a type is a user.
    """
    actor, targets = stored["actor"], [stored["target"], *stored.get("targets", [])]
    if not is_selected(filters.get("action"), stored["action"]):
        return False
    if not is_selected(filters.get("outcome"), stored["outcome"]):
        return False
    if "target_id" in filters:
        wanted = (filters["target_type"], filters["target_id"])
        if wanted not in [(one["type"], one["id"]) for one in targets]:
            return False
    elif not is_selected(filters.get("target_type"), targets[0]["type"]):
        return False
    for name in ("external_id", "request_id"):
        if name in filters and stored.get(name) != filters[name]:
            return False
    if "ip_address" in filters and not is_within(stored.get("ip_address"), filters["ip_address"]):
        return False
    if "actor_id" in filters:
        wanted = (filters.get("actor_type", "user"), filters["actor_id"])
        if wanted != (actor["type"], actor["id"]):
            return False
    return filters.get("from", "") <= stored["occurred_at"] < filters.get("to", "~")


def selection(chance, values, order=None):
    """Select one or two of the values that entries have, or all but these, in their order."""
    names = sorted({chance.choice(values) for _ in range(chance.randint(1, 2))}, key=order)
    minus = chance.choice(["", "-"])
    return ",".join(minus + name for name in names)


def range_around(chance, address):
    """Make a range that holds an address, with an end between two digits or octets as well."""
    longest = ipaddress.ip_address(address).max_prefixlen
    network = ipaddress.ip_network((address, chance.randint(1, longest)), strict=False)
    return str(network.network_address if network.prefixlen == longest else network)


def filters(chance, stored, count):
    """Make filters: none, one without matches, the exports themselves, and facts of entries."""
    yield {}
    yield {"actor_id": "nobody"}
    yield {"action": "audit_log.export"}
    for _ in range(count - 3):
        like = chance.choice(stored)
        target = chance.choice([like["target"], *like.get("targets", [])])
        made = {}
        if chance.random() < 0.4:
            made["action"] = selection(chance, [one["action"] for one in stored])
        if chance.random() < 0.2:
            made["outcome"] = selection(chance, [one["outcome"] for one in stored], OUTCOMES.index)
        if chance.random() < 0.4 and "ip_address" in like:
            made["ip_address"] = range_around(chance, like["ip_address"])
        for name in ("external_id", "request_id"):
            if chance.random() < 0.1 and name in like:
                made[name] = like[name]
        if chance.random() < 0.5:
            made["target_type"] = target["type"]
            if chance.random() < 0.6:
                made["target_id"] = target["id"]
            else:
                made["target_type"] = selection(chance, [one["target"]["type"] for one in stored])
        if chance.random() < 0.4:
            actor = like["actor"]
            made["actor_id"] = actor["id"]
            if actor["type"] != "user" or chance.random() < 0.5:
                made["actor_type"] = actor["type"]
        start, end = sorted((like["occurred_at"], chance.choice(stored)["occurred_at"]))
        if chance.random() < 0.4:
            made["from"] = start
        if chance.random() < 0.4:
            made["to"] = end
        yield made

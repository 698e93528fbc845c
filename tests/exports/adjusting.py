"""The rule for fields that end users influence, written a second time for check.py.

Whatever such a field holds, the entry is recorded: what does not fit is changed, and `adjusted`
says so. docs/api.md has the table of the fields.
"""

import dataclasses
import ipaddress
import re
import types
import unicodedata

from tree import Number, written

MAX_NAME = 256
MAX_EMAIL = 254
MAX_USER_AGENT = 512
MAX_REASON = 1_024
MAX_LOCATION = 256
MAX_ADDRESS_TEXT = 512
MAX_METADATA_TEXT = 1_024
# A longer number is kept as a text.
MAX_NUMBER = 64
# How many adjustments are listed, and how long a pointer may be, in bytes.
MAX_LISTED = 20
MAX_POINTER = 256

# Reasons in the order in which they are listed for one field.
REASONS = [
    "cut",
    "empty",
    "not_text",
    "lone_surrogate",
    "control_character",
    "not_an_email",
    "not_an_address",
    "address_only",
    "number_as_text",
    "schema",
]
SURROGATE = re.compile("[\ud800-\udfff]")
# An address with a port, in brackets, or both.
BRACKETED = re.compile(r"\[([^\]]*)\](?::[0-9]{1,5})?")
WITH_PORT = re.compile(r"([^:]*):[0-9]{1,5}")


def pointer_to(parent, key):
    """Return the pointer to a member (RFC 6901)."""
    return f"{parent}/{str(key).replace('~', '~0').replace('/', '~1')}"


def joined(text):
    """Join the halves of surrogate pairs that stand side by side, as a JSON reader does."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def canonical_address(text):
    """Return an address in canonical text, or None if the text is no address."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # Python takes an address with a zone, which is not an address to the service.
    if "%" in text:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


def bare_address(text):
    """Take white space, brackets, a port and a zone off an address."""
    text = text.strip()
    found = BRACKETED.fullmatch(text) or WITH_PORT.fullmatch(text)
    address = found[1] if found else text
    before, percent, zone = address.partition("%")
    return before if percent and zone and ":" in before else address


@dataclasses.dataclass
class Adjusting:
    """Makes the stored form of one entry, and notes what it changes."""

    notes: set = dataclasses.field(default_factory=set)
    # Apart: these take no place in the list of the others.
    schema_notes: set = dataclasses.field(default_factory=set)

    def note(self, pointer, reason):
        """Note an adjustment. A long pointer ends at the nearest container that fits."""
        while len(pointer.encode()) > MAX_POINTER:
            pointer = pointer.rpartition("/")[0]
        notes = self.schema_notes if reason == "schema" else self.notes
        notes.add((pointer, REASONS.index(reason)))

    def listed(self):
        """Return the list of adjustments in its order."""

        def place(note):
            return note[0].encode(), note[1]

        first = sorted(self.notes, key=place)[:MAX_LISTED]
        some = sorted({*first, *self.schema_notes}, key=place)
        listed = [{"pointer": pointer, "reason": REASONS[reason]} for pointer, reason in some]
        if len(self.notes) > MAX_LISTED:
            listed.append({"pointer": "", "reason": "more"})
        return listed

    def repaired(self, tree, pointer=""):
        """Replace the halves of surrogate pairs that stand alone."""
        if isinstance(tree, dict):
            return {name: self.repaired(tree[name], pointer_to(pointer, name)) for name in tree}
        if isinstance(tree, list):
            return [
                self.repaired(one, pointer_to(pointer, index)) for index, one in enumerate(tree)
            ]
        if not isinstance(tree, str):
            return tree
        text = joined(tree)
        if SURROGATE.search(text):
            self.note(pointer, "lone_surrogate")
        return SURROGATE.sub("\ufffd", text)

    def text(self, value, pointer, most):
        """Return the text of a field, or None if it is left out."""
        if value is None:
            return None
        if not isinstance(value, str):
            self.note(pointer, "not_text")
            value = written(value)
        if not value:
            self.note(pointer, "empty")
            return None
        if len(value) > most:
            self.note(pointer, "cut")
        return value[:most]

    def email(self, value, pointer):
        """Return an email address, with control and invisible characters replaced."""
        email = self.text(value, pointer, MAX_EMAIL)
        if email is None:
            return None
        hidden = ("Cc", "Cf", "Zl", "Zp")
        visible = "".join(
            "\ufffd" if unicodedata.category(char) in hidden else char for char in email
        )
        if visible != email:
            self.note(pointer, "control_character")
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", visible):
            self.note(pointer, "not_an_email")
        return visible

    def address(self, value):
        """Return the members that hold the address: as an address or as a text."""
        text = self.text(value, "/ip_address", MAX_ADDRESS_TEXT)
        if text is None:
            return {}
        if address := canonical_address(text):
            return {"ip_address": address}
        if address := canonical_address(bare_address(text)):
            self.note("/ip_address", "address_only")
            return {"ip_address": address}
        self.note("/ip_address", "not_an_address")
        return {"ip_address_text": text}

    def party(self, party, pointer):
        """Return an actor or a target."""
        made = {
            **party,
            "name": self.text(party.get("name"), f"{pointer}/name", MAX_NAME),
            "email": self.email(party.get("email"), f"{pointer}/email"),
        }
        if made["type"] == "anonymous":
            made.setdefault("id", "anonymous")
        return present(made)

    def value(self, tree, pointer):
        """Return an old or new value, in which long numbers are texts."""
        if isinstance(tree, Number) and len(tree.text) > MAX_NUMBER:
            self.note(pointer, "number_as_text")
            return tree.text
        if isinstance(tree, dict):
            return {name: self.value(tree[name], pointer_to(pointer, name)) for name in tree}
        if isinstance(tree, list):
            return [self.value(one, pointer_to(pointer, index)) for index, one in enumerate(tree)]
        return tree

    def metadata(self, tree, wanted):
        """Return the metadata: texts, numbers, true and false.

        `wanted` has the type that the schema of the action wants for a key.
        """
        made = {}
        for name, value in tree.items():
            pointer = pointer_to("/metadata", name)
            if isinstance(value, Number):
                value = self.value(value, pointer)
            is_kept = isinstance(value, bool | Number) or value == ""
            made[name] = value if is_kept else self.text(value, pointer, MAX_METADATA_TEXT)
            if not isinstance(made[name], wanted.get(name, object)):
                self.note(pointer, "schema")
        return present(made)


def present(tree):
    """Return the members that are not None."""
    return {name: value for name, value in tree.items() if value is not None}


def as_stored(sent, schemas=types.MappingProxyType({})):
    """Return what the service stores of an entry.

    `schemas` has, by action, the types of keys of the metadata.
    """
    adjusting = Adjusting()
    sent = adjusting.repaired(sent)
    made = {"outcome": "success", **sent}
    made.pop("ip_address", None)
    made |= adjusting.address(sent.get("ip_address"))
    for name in ("actor", "on_behalf_of", "target"):
        if name in sent:
            made[name] = adjusting.party(sent[name], f"/{name}")
    targets = enumerate(sent.get("targets", []))
    made["targets"] = [adjusting.party(one, f"/targets/{index}") for index, one in targets]
    for name, most in (
        ("reason", MAX_REASON),
        ("user_agent", MAX_USER_AGENT),
        ("location", MAX_LOCATION),
    ):
        made[name] = adjusting.text(sent.get(name), f"/{name}", most)
    wanted = schemas.get(sent["action"], {})
    made["metadata"] = adjusting.metadata(sent.get("metadata", {}), wanted) or None
    made = present(made)
    # Null is a value there.
    for name in ("old_value", "new_value"):
        if name in sent:
            made[name] = adjusting.value(sent[name], f"/{name}")
    made["adjusted"] = adjusting.listed()
    return {name: value for name, value in made.items() if value or name not in LISTS}


# Lists are left out where they are empty.
LISTS = ("targets", "adjusted")

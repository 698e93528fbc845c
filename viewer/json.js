// Owns JSON as evidence: reads a text without changing what it says. `JSON.parse` would round 18446744073709551616, turn 1e-400 into 0, forget that
// 1.0 was written with a point, move keys that look like numbers to the front, and make `__proto__` something else than a key.
//
// A node is one of
//   { kind: "object", members: [[key, node], …] }   in the order of the text
//   { kind: "array", elements: [node, …] }
//   { kind: "string", value }                       decoded
//   { kind: "number", text }                        as it was written
//   { kind: "literal", text }                       true, false or null

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const LITERAL = /true|false|null/y;

/** The node of a JSON text (RFC 8259). Throws a SyntaxError that names the place, never the text. */
export function parseJson(text) {
  const reader = { text, at: 0 };
  skipSpace(reader);
  const node = readValue(reader);
  skipSpace(reader);
  if (reader.at < text.length) failAt(reader);
  return node;
}

/** The member of that name; undefined if there is none, or the node is no object. */
export function member(node, name) {
  return node?.kind === "object" ? node.members.find(([key]) => key === name)?.[1] : undefined;
}

/** The text of a string, number or literal; undefined for null, a container or nothing. */
export function textOf(node) {
  if (node?.kind === "string") return node.value;
  return node?.kind === "number" || (node?.kind === "literal" && node.text !== "null") ? node.text : undefined;
}

/** The node as JSON on one line, without space: what was read, in its own words. */
export function jsonText(node) {
  if (node.kind === "object") return `{${node.members.map(([key, value]) => `${JSON.stringify(key)}:${jsonText(value)}`).join(",")}}`;
  if (node.kind === "array") return `[${node.elements.map(jsonText).join(",")}]`;
  return node.kind === "string" ? JSON.stringify(node.value) : node.text;
}

function readValue(reader) {
  const first = reader.text[reader.at];
  if (first === "{") return { kind: "object", members: readList(reader, "}", readMember) };
  if (first === "[") return { kind: "array", elements: readList(reader, "]", readValue) };
  if (first === '"') return { kind: "string", value: readString(reader) };
  const number = take(reader, NUMBER);
  return number === undefined ? { kind: "literal", text: take(reader, LITERAL) ?? failAt(reader) } : { kind: "number", text: number };
}

/** What stands between the bracket at the place and `close`, separated by commas. */
function readList(reader, close, readOne) {
  const list = [];
  reader.at += 1;
  skipSpace(reader);
  if (reader.text[reader.at] === close) {
    reader.at += 1;
    return list;
  }
  for (;;) {
    list.push(readOne(reader));
    skipSpace(reader);
    const next = reader.text[reader.at];
    if (next !== "," && next !== close) failAt(reader);
    reader.at += 1;
    if (next === close) return list;
    skipSpace(reader);
  }
}

function readMember(reader) {
  if (reader.text[reader.at] !== '"') failAt(reader);
  const key = readString(reader);
  skipSpace(reader);
  if (reader.text[reader.at] !== ":") failAt(reader);
  reader.at += 1;
  skipSpace(reader);
  return [key, readValue(reader)];
}

/** Finds the closing quote; the built-in parser is exact for the one string between. */
function readString(reader) {
  const start = reader.at;
  for (let at = start + 1; at < reader.text.length; at += 1) {
    const char = reader.text[at];
    if (char === "\\") {
      at += 1;
    } else if (char === '"') {
      reader.at = at + 1;
      return decodeString(reader.text.slice(start, at + 1), start);
    }
  }
  return failAt(reader);
}

function decodeString(literal, at) {
  try {
    return JSON.parse(literal);
  } catch {
    return failAt({ at });
  }
}

function take(reader, pattern) {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text)?.[0];
  reader.at += found?.length ?? 0;
  return found;
}

function skipSpace(reader) {
  while (" \t\n\r".includes(reader.text[reader.at] ?? "x")) reader.at += 1;
}

function failAt(reader) {
  throw new SyntaxError(`this is not JSON at character ${reader.at + 1}`);
}

// Owns the lossless JSON parser: it keeps a text exactly as it was recorded.
//
// `JSON.parse` would round 18446744073709551616, turn 1e-400 into 0, drop the fraction of 1.0, move
// keys that look like numbers to the front, and give `__proto__` a special meaning.

/**
 * A JSON value. Members keep the order of the text. A string is decoded; a number is kept as it was
 * written. A literal is `true`, `false` or `null`.
 *
 * @typedef {{ kind: "object", members: [key: string, value: JsonNode][] }} ObjectNode
 * @typedef {{ kind: "array", elements: JsonNode[] }} ArrayNode
 * @typedef {{ kind: "string", value: string }} StringNode
 * @typedef {{ kind: "number" | "literal", text: string }} PlainNode
 * @typedef {ObjectNode | ArrayNode | StringNode | PlainNode} JsonNode
 */

/** @typedef {{ text: string, at: number }} Reader The text, and how far it has been read. */

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const LITERAL = /true|false|null/y;

/**
 * Parses a JSON text (RFC 8259). Throws a SyntaxError that names the place, never the text.
 *
 * @param {string} text
 */
export function parseJson(text) {
  const reader = { text, at: 0 };
  skipSpace(reader);
  const node = readValue(reader);
  skipSpace(reader);
  if (reader.at < text.length) failAt(reader.at);
  return node;
}

/**
 * The member of an object with that name; undefined if it is absent or the node is not an object.
 *
 * @param {JsonNode | undefined} node
 * @param {string} name
 */
export function member(node, name) {
  return node?.kind === "object" ? node.members.find(([key]) => key === name)?.[1] : undefined;
}

/**
 * The text of a string, number, `true` or `false`; undefined for null, a container or nothing.
 *
 * @param {JsonNode | undefined} node
 */
export function textOf(node) {
  if (node?.kind === "string") return node.value;
  if (node?.kind === "number") return node.text;
  return node?.kind === "literal" && node.text !== "null" ? node.text : undefined;
}

/**
 * The node as JSON on one line without spaces, with every number as it was read.
 *
 * @param {JsonNode} node
 * @returns {string}
 */
export function jsonText(node) {
  if (node.kind === "object") {
    const members = node.members.map(([key, value]) => `${JSON.stringify(key)}:${jsonText(value)}`);
    return `{${members.join(",")}}`;
  }
  if (node.kind === "array") return `[${node.elements.map(jsonText).join(",")}]`;
  return node.kind === "string" ? JSON.stringify(node.value) : node.text;
}

/**
 * @param {Reader} reader
 * @returns {JsonNode}
 */
function readValue(reader) {
  const first = reader.text[reader.at];
  if (first === "{") return { kind: "object", members: readList(reader, "}", readMember) };
  if (first === "[") return { kind: "array", elements: readList(reader, "]", readValue) };
  if (first === '"') return { kind: "string", value: readString(reader) };
  const number = take(reader, NUMBER);
  if (number !== undefined) return { kind: "number", text: number };
  return { kind: "literal", text: take(reader, LITERAL) ?? failAt(reader.at) };
}

/**
 * Reads items separated by commas, from the opening bracket to `close`.
 *
 * @template Item
 * @param {Reader} reader
 * @param {string} close
 * @param {(reader: Reader) => Item} readOne
 */
function readList(reader, close, readOne) {
  /** @type {Item[]} */
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
    if (next !== "," && next !== close) failAt(reader.at);
    reader.at += 1;
    if (next === close) return list;
    skipSpace(reader);
  }
}

/**
 * @param {Reader} reader
 * @returns {[string, JsonNode]}
 */
function readMember(reader) {
  if (reader.text[reader.at] !== '"') failAt(reader.at);
  const key = readString(reader);
  skipSpace(reader);
  if (reader.text[reader.at] !== ":") failAt(reader.at);
  reader.at += 1;
  skipSpace(reader);
  return [key, readValue(reader)];
}

/**
 * Finds the closing quote, then decodes the string between with `JSON.parse`, which is exact here.
 *
 * @param {Reader} reader
 */
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
  return failAt(start);
}

/**
 * @param {string} literal
 * @param {number} at
 * @returns {string}
 */
function decodeString(literal, at) {
  try {
    return JSON.parse(literal);
  } catch {
    return failAt(at);
  }
}

/**
 * Reads what the pattern matches at the current place; undefined if it does not match there.
 *
 * @param {Reader} reader
 * @param {RegExp} pattern
 */
function take(reader, pattern) {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text)?.[0];
  reader.at += found?.length ?? 0;
  return found;
}

/** @param {Reader} reader */
function skipSpace(reader) {
  while (" \t\n\r".includes(reader.text[reader.at] ?? "x")) reader.at += 1;
}

/**
 * @param {number} at
 * @returns {never}
 */
function failAt(at) {
  throw new SyntaxError(`this is not JSON at character ${at + 1}`);
}

// The lossless JSON parser, the escapes and the comparison of values: pure functions, tested
// without a browser.

import assert from "node:assert/strict";
import test from "node:test";
import { countFields, folded, lineText, linesOf, rowsOf } from "../../viewer/diff.js";
import { jsonText, member, parseJson, textOf } from "../../viewer/json.js";
import { cut, nameParts, valueParts } from "../../viewer/text.js";

/**
 * @import { Change } from "../../viewer/answers.d.ts"
 * @import { TextPart } from "../../viewer/text.js"
 */

/** @typedef {(below: number) => number} Pick A random integer from 0 to below that number. */

/**
 * Random numbers from a seed, the same in every run.
 *
 * @param {number} seed
 * @returns {Pick}
 */
function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const NUMBERS = [
  "0",
  "-0",
  "-0.0",
  "1.0",
  "1.00",
  "1e400",
  "1e-400",
  "1E+2",
  "18446744073709551616",
  "-9007199254740993",
  "0.1e-0",
];
const STRINGS = [
  "",
  "a",
  "__proto__",
  "constructor",
  "é",
  "e\u0301",
  "\u202e",
  "\u0000",
  '"\\/',
  "\ud800",
  "😀",
  "\u2028",
  "</script>",
  "0",
  "-1",
  "\\u202e",
];

/**
 * A random JSON text without spaces. It has numbers that a floating-point number would change, and
 * keys that JavaScript objects treat in a special way.
 *
 * @param {Pick} pick
 * @returns {string}
 */
function anyJson(pick, depth = 0) {
  const kind = pick(depth > 3 ? 3 : 5);
  if (kind === 0) return NUMBERS[pick(NUMBERS.length)];
  if (kind === 1) return JSON.stringify(STRINGS[pick(STRINGS.length)]);
  if (kind === 2) return ["true", "false", "null"][pick(3)];
  const inner = Array.from({ length: pick(5) }, () => anyJson(pick, depth + 1));
  if (kind === 3) return `[${inner.join(",")}]`;
  const keys = STRINGS.slice(pick(STRINGS.length)).slice(0, inner.length);
  return `{${keys.map((key, index) => `${JSON.stringify(key)}:${inner[index]}`).join(",")}}`;
}

test("every text is read and written back as it was", () => {
  const pick = random(7);
  for (let round = 0; round < 5_000; round += 1) {
    const text = anyJson(pick);
    assert.equal(jsonText(parseJson(text)), text);
    assert.equal(jsonText(parseJson(` \n\t${text}\r `)), text);
  }
});

test("white space between tokens changes nothing", () => {
  assert.equal(
    jsonText(parseJson(' { "b" : [ 1.0 , -0 ] ,\n"a":{ } , "__proto__" : [ ] } ')),
    '{"b":[1.0,-0],"a":{},"__proto__":[]}',
  );
});

test("what is not JSON is refused, as the built-in parser does", () => {
  const bad = [
    "",
    " ",
    "{",
    "[1,]",
    '{"a":1,}',
    "{a:1}",
    "01",
    "1.",
    ".5",
    "+1",
    "1e",
    "--1",
    "NaN",
    "Infinity",
    "tru",
    "nulll",
    '"a',
    '"\\x"',
    '"\\u12"',
    '"\n"',
    "[1 2]",
    "1 2",
    '{"a" 1}',
    "\ufeff1",
    "'a'",
    "[",
    "]",
    '"\\',
    "1,",
    "undefined",
    "\u00a01",
  ];
  for (const text of bad) {
    assert.throws(() => JSON.parse(text), text);
    assert.throws(() => parseJson(text), SyntaxError, text);
  }
});

test("randomly damaged texts are refused exactly where the built-in parser refuses them", () => {
  const pick = random(11);
  for (let round = 0; round < 5_000; round += 1) {
    const text = anyJson(pick);
    const at = pick(text.length + 1);
    const damaged =
      text.slice(0, at) +
      ['"', "\\", "{", "]", ",", "0", "e", " ", ""][pick(9)] +
      text.slice(at + pick(2));
    let isJson = true;
    try {
      JSON.parse(damaged);
    } catch {
      isJson = false;
    }
    if (isJson) assert.doesNotThrow(() => parseJson(damaged), damaged);
    else assert.throws(() => parseJson(damaged), SyntaxError, damaged);
  }
});

test("a long string and deep nesting are read", () => {
  const long = "x\u202e".repeat(100_000);
  assert.equal(textOf(parseJson(JSON.stringify(long))), long);
  assert.equal(jsonText(parseJson("[".repeat(500) + "]".repeat(500))).length, 1_000);
});

test("members are found by their own name only", () => {
  const node = parseJson('{"a":{"b":1.0},"n":null}');
  assert.equal(textOf(member(member(node, "a"), "b")), "1.0");
  for (const name of ["toString", "__proto__", "constructor"])
    assert.equal(member(node, name), undefined);
  assert.equal(textOf(member(node, "n")), undefined);
  assert.equal(member(undefined, "a"), undefined);
});

test("invisible characters are escapes, in names and in values", () => {
  /** @param {TextPart[]} parts */
  const joined = (parts) =>
    parts.map(({ text, escaped }) => (escaped ? `<${text}>` : text)).join("");
  for (const [text, name, value] of [
    ["Anna \u202etxt.exe", "Anna <\\u202e>txt.exe", "Anna <\\u202e>txt.exe"],
    ["admin\u200b", "admin<\\u200b>", "admin<\\u200b>"],
    ["adm\u200din", "adm<\\u200d>in", "adm<\\u200d>in"],
    ["a\nb\tc", "a<\\u000a>b<\\u0009>c", "a<\\n>b<\\t>c"],
    ["\u0000\u001b[31m", "<\\u0000\\u001b>[31m", "<\\u0000\\u001b>[31m"],
    ['a"b\\c', 'a"b\\c', 'a<\\">b<\\\\>c'],
    ["\\u202e", "\\u202e", "<\\\\>u202e"],
    ["\ud800x", "<\\ud800>x", "<\\ud800>x"],
    ["\u00a0\u2007", "<\\u00a0\\u2007>", "<\\u00a0\\u2007>"],
    ["\u3164\u2800\u{e0041}", "<\\u3164\\u2800\\udb40\\udc41>", "<\\u3164\\u2800\\udb40\\udc41>"],
    ["\u2066a\u2069\u2028", "<\\u2066>a<\\u2069\\u2028>", "<\\u2066>a<\\u2069\\u2028>"],
    ["👩\u200d💻 ❤\ufe0f", "👩\u200d💻 ❤\ufe0f", "👩<\\u200d>💻 ❤<\\ufe0f>"],
    ["می\u200cخواهم", "می\u200cخواهم", "می<\\u200c>خواهم"],
    ["Größe 李雷 עברית", "Größe 李雷 עברית", "Größe 李雷 עברית"],
    [" Ada  L ", "<\\u0020>Ada  L<\\u0020>", " Ada  L "],
    ["", "", ""],
  ]) {
    assert.equal(joined(nameParts(text)), name);
    assert.equal(joined(valueParts(text)), value);
  }
});

test("the printed lines of a value are JSON with the same content", () => {
  const pick = random(5);
  for (let round = 0; round < 2_000; round += 1) {
    const text = anyJson(pick);
    const printed = linesOf(parseJson(text)).map(lineText).join("\n");
    assert.equal(jsonText(parseJson(printed)), text);
  }
});

test("a cut never splits a pair", () => {
  assert.equal(cut("a😀b", 2), "a");
  assert.equal(cut("a😀b", 3), "a😀");
  assert.equal(cut("ab", 5), "ab");
});

/**
 * The rows of two values as texts: mark, left, right.
 *
 * @param {string | undefined} old
 * @param {string | undefined} fresh
 * @param {Change[]} changes
 */
function table(old, fresh, changes) {
  const rows = rowsOf(
    old === undefined ? undefined : parseJson(old),
    fresh === undefined ? undefined : parseJson(fresh),
    changes,
  );
  return rows.map(({ mark, left, right }) => [
    mark,
    left && lineText(left),
    right && lineText(right),
  ]);
}

test("equal members are side by side, marked only by the changes of the service", () => {
  assert.deepEqual(
    table('{"a":1,"b":{"x":[1,2]},"z":0}', '{"a":2,"b":{"x":[1]},"c":"n","z":0}', [
      { change: "changed", path: "/a" },
      { change: "removed", path: "/b/x/1" },
      { change: "added", path: "/c" },
    ]),
    [
      ["same", "{", "{"],
      ["changed", '  "a": 1,', '  "a": 2,'],
      ["same", '  "b": {', '  "b": {'],
      ["same", '    "x": [', '    "x": ['],
      ["same", "      1,", "      1"],
      ["removed", "      2", null],
      ["same", "    ]", "    ]"],
      ["same", "  },", "  },"],
      ["added", null, '  "c": "n",'],
      ["same", '  "z": 0', '  "z": 0'],
      ["same", "}", "}"],
    ],
  );
});

test("elements are side by side with those that they belong to", () => {
  // One in front, one in the middle taken away, one changed at another place than before.
  assert.deepEqual(
    table('[1,2,{"n":3}]', '[0,1,{"n":4}]', [
      { change: "added", path: "/0" },
      { change: "removed", path: "/1" },
      { change: "changed", path: "/2/n" },
    ]),
    [
      ["same", "[", "["],
      ["added", null, "  0,"],
      ["same", "  1,", "  1,"],
      ["removed", "  2,", null],
      ["same", "  {", "  {"],
      ["changed", '    "n": 3', '    "n": 4'],
      ["same", "  }", "  }"],
      ["same", "]", "]"],
    ],
  );
  // The same place in both, of two elements that do not belong together.
  assert.deepEqual(
    table('[{"id":1}]', '[{"id":2}]', [
      { change: "removed", path: "/0" },
      { change: "added", path: "/0" },
    ]).map(([mark]) => mark),
    ["same", "removed", "removed", "removed", "added", "added", "added", "same"],
  );
  // Within an element that stands at another place.
  assert.deepEqual(
    table('[{"l":[1,2]}]', '[0,{"l":[0,1]}]', [
      { change: "added", path: "/0" },
      { change: "added", path: "/1/l/0" },
      { change: "removed", path: "/0/l/1" },
    ]).map(([mark]) => mark),
    ["same", "added", "same", "same", "added", "same", "removed", "same", "same", "same"],
  );
  // The service lists only the first changes: the others are told apart, and none is lost.
  assert.deepEqual(
    table("[1,2,3]", "[4]", [{ change: "removed", path: "/0" }]).map(([mark]) => mark),
    ["same", "removed", "differs", "differs", "same"],
  );
});

test("changes are counted by field", () => {
  /** @type {(before: string | undefined, after: string | undefined, changes: Change[]) => number[]} */
  const counts = (before, after, changes) =>
    Object.values(
      countFields(
        before === undefined ? undefined : parseJson(before),
        after === undefined ? undefined : parseJson(after),
        changes,
      ),
    );
  assert.deepEqual(
    counts(undefined, '{"a":1,"b":{"c":{},"d":[1,2]}}', [{ change: "added", path: "" }]),
    [3, 0, 0],
  );
  assert.deepEqual(
    counts('{"a":{"b":1,"c":2}}', "{}", [{ change: "removed", path: "/a" }]),
    [0, 2, 0],
  );
  // Elements that come and go change the one list, and a field of an element is a field.
  assert.deepEqual(
    counts('{"a~/b":[1,2,{"n":1}]}', '{"a~/b":[3,4,{"n":2}]}', [
      { change: "changed", path: "/a~0~1b/0" },
      { change: "removed", path: "/a~0~1b/1" },
      { change: "added", path: "/a~0~1b/1" },
      { change: "changed", path: "/a~0~1b/2/n" },
    ]),
    [0, 0, 2],
  );
  assert.deepEqual(counts("[1]", "[1,2]", [{ change: "added", path: "/1" }]), [0, 0, 1]);
  assert.deepEqual(counts("1", "2", [{ change: "changed", path: "" }]), [0, 0, 1]);
});

test("a difference that the service does not list is not marked as a change", () => {
  assert.deepEqual(
    table('{"a":1}', '{"a":2}', []).map(([mark]) => mark),
    ["same", "differs", "same"],
  );
  assert.deepEqual(
    table("[1]", "[1]", [{ change: "changed", path: "/0" }]).map(([mark]) => mark),
    ["same", "changed", "same"],
  );
});

test("paths are JSON pointers, and the empty key and __proto__ are keys like any other", () => {
  const paths = ["/a~1b", "/~0", "/", "/__proto__"];
  /** @type {Change[]} */
  const changes = paths.map((path) => ({ change: "changed", path }));
  const rows = table(
    '{"":1,"__proto__":1,"a/b":1,"c":1,"~":1}',
    '{"":2,"__proto__":2,"a/b":2,"c":1,"~":2}',
    changes,
  );
  assert.deepEqual(
    rows.map(([mark]) => mark),
    ["same", "changed", "changed", "changed", "same", "changed", "same"],
  );
});

test("a missing side, another type, and equal values have rows", () => {
  assert.deepEqual(table(undefined, '{"a":1}', [{ change: "added", path: "" }]), [
    ["added", null, "{"],
    ["added", null, '  "a": 1'],
    ["added", null, "}"],
  ]);
  assert.deepEqual(table("null", '"null"', [{ change: "changed", path: "" }]), [
    ["changed", "null", '"null"'],
  ]);
  assert.deepEqual(table("[]", "{}", [{ change: "changed", path: "" }]), [["changed", "[]", "{}"]]);
  assert.deepEqual(table("{}", '{"a":[]}', [{ change: "added", path: "/a" }]), [
    ["same", "{", "{"],
    ["added", null, '  "a": []'],
    ["same", "}", "}"],
  ]);
  assert.deepEqual(table("1.0", "1.0", []), [["same", "1.0", "1.0"]]);
  assert.deepEqual(
    table('{"x":[],"y":{}}', '{"x":[],"y":{}}', []).map((row) => row[1]),
    ["{", '  "x": [],', '  "y": {}', "}"],
  );
});

test("no member is lost or doubled when keys are in a different order", () => {
  const rows = table('{"a":1,"b":2,"c":3}', '{"c":3,"x":9,"a":1}', [
    { change: "removed", path: "/b" },
    { change: "added", path: "/x" },
  ]);
  /** @param {1 | 2} side */
  const keys = (side) =>
    rows
      .map((row) => row[side] ?? "")
      .filter((line) => line.includes(":"))
      .map((line) => line.trim().replace(",", ""));
  assert.deepEqual(keys(1).sort(), ['"a": 1', '"b": 2', '"c": 3']);
  assert.deepEqual(keys(2).sort(), ['"a": 1', '"c": 3', '"x": 9']);
});

test("long unchanged stretches are folded, and no row is lost", () => {
  /** @param {number} count */
  const numbers = (count) => `[${Array.from({ length: count }, (_, index) => index).join(",")}]`;
  const rows = rowsOf(parseJson(numbers(1_000)), parseJson(numbers(999)), [
    { change: "removed", path: "/999" },
  ]);
  const pieces = folded(rows);
  assert.deepEqual(
    pieces.flatMap((piece) => piece.rows),
    rows,
  );
  assert.deepEqual(
    pieces.map((piece) => [piece.isFolded, piece.rows.length]),
    [
      [false, 1],
      [true, 996],
      [false, 3],
      [false, 1],
      [false, 1],
    ],
  );
  const all = folded(rowsOf(undefined, parseJson(numbers(1_000)), [{ change: "added", path: "" }]));
  assert.deepEqual(
    all.map((piece) => [piece.isFolded, piece.rows.length]),
    [
      [false, 200],
      [true, 802],
    ],
  );
  assert.deepEqual(
    folded(rows.slice(0, 10)).map((piece) => piece.isFolded),
    [false],
  );
});

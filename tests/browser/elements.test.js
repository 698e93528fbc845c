// The declarations of the page's elements, which the type checker trusts, against the page itself.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

/** @param {string} name */
const viewerFile = (name) => readFile(new URL(`../../viewer/${name}`, import.meta.url), "utf8");

test("the declared ids and tags are those of index.html", async () => {
  const page = await viewerFile("index.html");
  const inPage = [...page.matchAll(/<(\w+)\b[^>]*? id="([^"]+)"/g)].map(([, tag, id]) => [id, tag]);
  const [, tags] = (await viewerFile("elements.d.ts")).split("interface Tags {");
  const declared = [...tags.split("}")[0].matchAll(/^ {2}"?([\w-]+)"?: "(\w+)";$/gm)];
  assert.ok(inPage.length > 30);
  assert.deepEqual(
    declared.map(([, id, tag]) => [id, tag]),
    inPage,
  );
});

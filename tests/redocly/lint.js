// Checks openapi.yaml with the rules in redocly.yaml, and ends with 1 if there is a problem, be it
// an error or a warning. This is the core of `@redocly/cli`: of its last version for Node 18, which
// Debian 12 has, and without what draws documentation.

import { fileURLToPath } from "node:url";
import core from "@redocly/openapi-core";

/** @param {string} path */
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const config = await core.loadConfig({ configPath: here("redocly.yaml") });
const problems = await core.lint({ ref: here("../../openapi.yaml"), config });
core.formatProblems(problems, {
  format: "stylish",
  totals: core.getTotals(problems),
  version: "",
});
const rules = Object.values(config.styleguide.rules.oas3_1).filter((rule) => rule !== "off");
console.log(`openapi.yaml: ${problems.length} problems by ${rules.length} rules of Redocly`);
process.exitCode = problems.length > 0 ? 1 : 0;

// Checks the console's modules: the length of functions, files and lines, and that folders import one way.
// `make types` runs it; it reads the modules with TypeScript's parser (.console/node_modules).

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const FUNCTION_LINES = 40;
const FILE_LINES = 300;
const LINE_CHARACTERS = 120;

/** Folders of static/; each imports from itself and from those before it. */
const ORDER = ["vendor", "text", "api", "drawings", "shared", "pages", "frame", ""];

const root = dirname(fileURLToPath(import.meta.url));
const ts = createRequire(join(root, "../../.console/package.json"))("typescript");
const faults = [];

for (const name of readdirSync(join(root, "static"), { recursive: true }).sort()) {
  if (!name.endsWith(".js") || name.startsWith("vendor/")) continue;
  const text = readFileSync(join(root, "static", name), "utf8");
  const lines = text.split("\n");
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const lineAt = (position) => file.getLineAndCharacterOfPosition(position).line;
  if (lines.length > FILE_LINES + 1) faults.push(`${name}: ${lines.length - 1} lines; at most ${FILE_LINES}`);
  lines.forEach((line, at) => {
    if (line.length > LINE_CHARACTERS) faults.push(`${name}:${at + 1}: ${line.length} characters in a line`);
  });
  const visit = (node) => {
    const length = lineAt(node.end) - lineAt(node.getStart()) + 1;
    if (ts.isFunctionLike(node) && node.body && length > FUNCTION_LINES) {
      faults.push(`${name}:${lineAt(node.getStart()) + 1}: a function of ${length} lines; at most ${FUNCTION_LINES}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    checkImport(name, normalize(join(dirname(name), statement.moduleSpecifier.text)));
  }
}

/** A section of pages imports no other one. @param {string} name @param {string} imported */
function checkImport(name, imported) {
  const [from, to] = [name, imported].map((each) => (dirname(each) === "." ? "" : each.split("/")[0]));
  const isOther = from === "pages" && to === "pages" && dirname(name) !== dirname(imported);
  if (isOther || ORDER.indexOf(to) > ORDER.indexOf(from)) faults.push(`${name}: must not import ${imported}`);
}

for (const fault of faults) console.error(fault);
process.exitCode = faults.length ? 1 : 0;

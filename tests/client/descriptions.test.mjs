// Every exported name has a description, which editors show. For the crate the lint `missing_docs` checks this.

import test from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** A version of TypeScript with a compiler API in JavaScript. */
const ts = createRequire(new URL("../package/tools/package.json", import.meta.url))("typescript-4.9");

const FILES = ["npm/types.d.ts", "npm/auto.d.ts", "relay/index.d.ts", "sandbox/index.d.ts"];

const isExported = (node) => ts.isExportDeclaration(node) || node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
const isPrivate = (node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
const isDescribed = (node) => node.jsDoc?.some(({ comment, tags }) => comment || tags?.some(({ comment }) => comment));

const isOnOneLine = (node) => !node.getText().includes("\n");

/**
 * The members that need a description: those of interfaces, classes and object types. The members of an object type on one
 * line need none.
 */
function membersOf(node) {
  const inType = node.type?.members && !isOnOneLine(node.type) ? node.type.members : [];
  const { members = inType } = node;
  return members.filter((member) => member.name && !isPrivate(member));
}

function* undescribed(node, path) {
  if (!isDescribed(node)) yield path;
  for (const member of membersOf(node)) yield* undescribed(member, `${path}.${member.name.getText()}`);
}

const nameOf = (node) => (node.name ?? node.exportClause ?? node.moduleSpecifier).getText();

function exportsOf(text) {
  const source = ts.createSourceFile("index.d.ts", text, ts.ScriptTarget.Latest, true);
  return source.statements.filter(isExported).flatMap((node) => [...undescribed(node, nameOf(node))]);
}

for (const file of FILES) {
  test(`every name of ${file} has a description`, () => {
    const text = readFileSync(fileURLToPath(new URL(`../../src/${file}`, import.meta.url)), "utf8");
    assert.deepEqual(exportsOf(text), []);
  });
}

test("a name without a description is found, wherever it stands", () => {
  const text = `
    export type A = 1;
    /** An interface. */
    export interface B {
      c: { d: number };
      /** A property. */
      e: 1;
    }
    /** */
    export function f(): void;
    /** A class. */
    export class G {
      constructor();
      private h;
      /** An object. */
      i: {
        j(): void;
      };
    }
    export { G as K };
    interface Hidden { l: 1 }`;
  assert.deepEqual(exportsOf(text), ["A", "B.c", "f", "G.i.j", "{ G as K }"]);
});

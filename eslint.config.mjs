// The components' scripts share one scope in the browser (pages/shared/viewer/component.py joins them): what one declares is known
// to the others, and counts as used where another, or the page, uses it.
import { readdirSync, readFileSync } from "node:fs";
import js from "@eslint/js";
import globals from "globals";

const FOLDERS = ["viewer", "viewer/drawing", "viewer/tools", "reading"].map((name) => `pages/shared/${name}`);
const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const scripts = FOLDERS.flatMap((folder) => readdirSync(new URL(folder, import.meta.url))
  .filter((name) => name.endsWith(".js")).map((name) => `${folder}/${name}`)).map((path) => ({ path, text: read(path) }));
const page = { path: "pages/shared/viewer/component.py", text: read("pages/shared/viewer/component.py") };

const DECLARED = /^(?:async )?(?:function|const|let|class) (\w+)/gm;
const declaredIn = ({ text }) => [...text.matchAll(DECLARED)].map(([, name]) => name);
const wordsOf = ({ text }) => text.match(/\w+/g);

/** What a script may use of the others, and which of its own names the others use. */
function rulesFor(script) {
  const others = scripts.filter((each) => each !== script);
  const usedElsewhere = new Set([...others, page].flatMap(wordsOf));
  const shared = declaredIn(script).filter((name) => usedElsewhere.has(name));
  return {
    files: [script.path],
    languageOptions: { globals: Object.fromEntries(others.flatMap(declaredIn).map((name) => [name, "readonly"])) },
    rules: { "no-unused-vars": ["error", { varsIgnorePattern: `^(${shared.join("|")})$` }] },
  };
}

export default [
  js.configs.recommended,
  {
    files: FOLDERS.map((folder) => `${folder}/*.js`),
    languageOptions: {
      sourceType: "script", parserOptions: { ecmaFeatures: { impliedStrict: true } }, globals: globals.browser,
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: { eqeqeq: "error", "no-var": "error", "prefer-const": "error" },
  },
  ...scripts.map(rulesFor),
  { files: ["eslint.config.mjs"], languageOptions: { globals: { URL: "readonly" } } },
];

/**
 * What a plugin's source may not hold: the one table from which findings, the docs and the tests derive. `refuses` names
 * it, `reason` says why, `hint` says what to write instead. A warning lets the plugin pass.
 */
export const RULES = {
  'source-too-large': {
    level: 'error',
    refuses: 'more than 256 KiB or 50,000 tokens',
    reason: 'reading a source costs time before any of its limits hold',
    hint: 'Move data out of the source: into the config, or into what the plugin loads when it runs.',
  },
  'source-too-complex': {
    level: 'error',
    refuses:
      'brackets nested more than 200 deep, a syntax tree more than 300 deep, and what takes too long or too much memory to read',
    reason: 'parsers run out of stack, time or memory on it',
    hint: 'Make it smaller and flatter: name the inner parts, or make a long chain of operators an array and a loop.',
  },
  'not-text': {
    level: 'error',
    refuses: 'NUL bytes, lone surrogates, and what is not UTF-8',
    reason: 'they are not text, and tools disagree about what they mean',
    hint: 'Save the file as UTF-8, and write such characters as escapes.',
  },
  'invisible-character': {
    level: 'error',
    refuses: 'control, bidirectional, zero-width and other invisible characters, also in comments and strings',
    reason: 'a reviewer would not see the code that runs',
    hint: 'Delete it, or write it as an escape if a string needs it.',
  },
  'odd-identifier': {
    level: 'error',
    refuses:
      'names that are not in Unicode form NFC, hold invisible characters or wide, bold or joined forms of plain letters, mix Latin letters with others that look like them, such as Cyrillic ones, or are made of such alone',
    reason: 'two names that look alike would be different',
    hint: 'Type the name again with plain letters.',
  },
  'syntax-error': {
    level: 'error',
    refuses: 'what is neither TypeScript nor JavaScript',
    reason: 'what cannot be read cannot be checked',
    hint: 'Correct the syntax at this place.',
  },
  'html-comment': {
    level: 'error',
    refuses: '`<!--` and `-->` as comments',
    reason: 'some parsers take them as comments and some as operators',
    hint: 'Use `//` or `/* */`; between operators, put spaces: `a < !(--b)`.',
  },
  'jsx-pragma': {
    level: 'error',
    refuses: 'comments such as `@jsx` and `@jsxImportSource`',
    reason: 'they make a compiler emit calls that the source does not show',
    hint: 'Delete the comment.',
  },
  jsx: {
    level: 'error',
    refuses: 'JSX',
    reason: 'it becomes calls that the source does not show',
    hint: 'Build the text or the object yourself.',
  },
  'import-forbidden': {
    level: 'error',
    refuses: 'imports, also of types, from anything but `hookline/sdk`',
    reason: 'a plugin is one module; nothing else resolves',
    hint: "Import from 'hookline/sdk', and write everything else into this file.",
  },
  'import-form': {
    level: 'error',
    refuses: 'default imports, imports without names, import attributes, `import defer`',
    reason: '`hookline/sdk` has named exports only',
    hint: "Write `import { definePlugin } from 'hookline/sdk'`.",
  },
  'import-unknown': {
    level: 'error',
    refuses: 'names that `hookline/sdk` does not export',
    reason: 'the module would not link',
    hint: 'Look the name up in docs/PLUGIN_SDK.md.',
  },
  'type-as-value': {
    level: 'error',
    refuses: 'a type imported, exported or used as if it were a value',
    reason: 'types are gone when the plugin runs',
    hint: 'Say that it is a type, as in `import { type ToolContext }` and `export { type Order }`.',
  },
  'dynamic-import': {
    level: 'error',
    refuses: '`import()`',
    reason: 'nothing can be loaded while a plugin runs',
    hint: "Import by name at the top of the file, from 'hookline/sdk'.",
  },
  'import-meta': {
    level: 'error',
    refuses: '`import.meta`',
    reason: 'a plugin has no place in a file system',
    hint: 'Take what you need from the context or the config.',
  },
  reexport: {
    level: 'error',
    refuses: '`export ... from`',
    reason: 'a plugin hands on nobody else’s code',
    hint: 'Import what you need; only the default export counts.',
  },
  commonjs: {
    level: 'error',
    refuses: '`require`, `module`, `exports`, `import x =`, `export =`, `export as namespace`',
    reason: 'a plugin is an ES module',
    hint: "Use `import { ... } from 'hookline/sdk'` and `export default`.",
  },
  'default-export': {
    level: 'error',
    refuses: 'a module whose default export is missing or cannot be a plugin',
    reason: 'the default export is the plugin',
    hint: 'Write `export default definePlugin({ ... })` or `export default class MyPlugin extends BasePlugin { ... }`.',
  },
  'unknown-global': {
    level: 'error',
    refuses: 'names that are neither declared in the file nor among the globals listed below',
    reason: 'what is not listed does not exist in the sandbox',
    hint: 'Declare it, or use what the context offers.',
  },
  'top-level-this': {
    level: 'error',
    refuses: '`this` outside classes and functions',
    reason: 'it is undefined in a module',
    hint: 'Use a variable of the module.',
  },
  'constructor-access': {
    level: 'error',
    refuses:
      'reading or writing `constructor`, `__proto__`, `__lookupGetter__` and their like, by any literal spelling',
    reason: 'it is the usual way to code that the source does not show',
    hint: 'Name the class itself; use Object.getPrototypeOf and Object.create for prototypes.',
  },
  'stack-trace-hook': {
    level: 'error',
    refuses: '`prepareStackTrace`',
    reason: 'it shows the frames of code that called the plugin',
    hint: 'Use `error.stack` as it is.',
  },
  'code-from-text': {
    level: 'error',
    refuses: 'timers with text in the place of a function',
    reason: 'no code is made from text',
    hint: 'Pass a function: `setTimeout(() => work(), 10)`.',
  },
  decorator: {
    level: 'error',
    refuses: 'decorators',
    reason: 'JavaScript engines do not know them, so a compiler would add code of its own',
    hint: 'Call the function yourself.',
  },
  accessor: {
    level: 'error',
    refuses: 'the `accessor` keyword',
    reason: 'JavaScript engines do not know it',
    hint: 'Write a field, or `get` and `set`.',
  },
  enum: {
    level: 'error',
    refuses: 'enums',
    reason: 'they are not only types: they become code that the source does not show',
    hint: "Write `const Color = { Red: 'RED' } as const`, and `type Color = (typeof Color)[keyof typeof Color]`.",
  },
  namespace: {
    level: 'error',
    refuses: 'namespaces that hold values, and the `module` keyword',
    reason: 'they become code that the source does not show',
    hint: 'Use plain functions and constants, or an object.',
  },
  'parameter-property': {
    level: 'error',
    refuses: 'constructor parameters with `private`, `public`, `protected`, `readonly` or `override`',
    reason: 'they become assignments that the source does not show',
    hint: 'Declare the field, and assign it in the constructor.',
  },
  'angle-cast': {
    level: 'error',
    refuses: 'casts in angle brackets',
    reason: 'they cannot be erased in place',
    hint: 'Write `value as Type`.',
  },
  'not-strippable': {
    level: 'error',
    refuses: 'other TypeScript that does not become JavaScript by leaving the types out',
    reason: 'what runs is what you wrote, without its types',
    hint: 'Use TypeScript whose types can be erased (`erasableSyntaxOnly`).',
  },
  'typescript-in-javascript': {
    level: 'error',
    refuses: 'TypeScript in a `.js` or `.mjs` file',
    reason: 'types are left out of `.ts` files only',
    hint: 'Name the file `.ts`.',
  },
  with: {
    level: 'error',
    refuses: '`with` statements',
    reason: 'modules have none, and names in them could mean anything',
    hint: 'Name the object: `settings.color`.',
  },
  debugger: {
    level: 'error',
    refuses: '`debugger` statements',
    reason: 'no debugger is attached to a plugin',
    hint: 'Use `context.log.debug`.',
  },
  'permission-missing': {
    level: 'error',
    refuses: '`kv`, `fetch` or `emit` of a context in a plugin that requires no permission for it',
    reason: 'each such call would be denied',
    hint: 'Add the permission to requiredPermissions.',
  },
  'permission-unsure': {
    level: 'warning',
    refuses: 'what looks like such a call, and a host that is spelled out and not among those required',
    reason: 'the call is denied unless a tenant grants more than is required',
    hint: 'Add the permission to requiredPermissions.',
  },
  'permission-unused': {
    level: 'warning',
    refuses: 'a required permission that nothing in the source is seen to use',
    reason: 'a tenant would grant what is not needed',
    hint: 'Take it out of requiredPermissions.',
  },
  'prototype-access': {
    level: 'warning',
    refuses: '`.prototype`',
    reason: 'a changed built-in changes everything in the same instance',
    hint: 'Write Object.hasOwn(value, key) for hasOwnProperty, and a method or function of your own for the rest.',
  },
  'reserved-key': {
    level: 'warning',
    refuses: '`constructor`, `prototype` and `__proto__` as keys of an object you build',
    reason: 'a result with such a key may be refused',
    hint: 'Choose another key; for an object without a prototype, write Object.create(null).',
  },
  'hooks-not-named': {
    level: 'warning',
    refuses: 'a class with `handleHook` whose metadata has no `hooks`',
    reason: 'it takes part in all six hooks, and each costs a call',
    hint: "Name the hooks it needs, as in `hooks: ['BEFORE_TOOL_CALL']`.",
  },
} as const satisfies Record<string, Rule>;

export interface Rule {
  readonly level: 'error' | 'warning';
  readonly refuses: string;
  readonly reason: string;
  readonly hint: string;
}

export type RuleId = keyof typeof RULES;

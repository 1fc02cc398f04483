/** What a person can do about each kind of failure, in the order in which they are looked for. */
const REASONS = [
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|EIDLETIMEOUT/,
    'The package registry could not be reached. Is the network there? Behind a proxy: npm config set proxy URL.',
  ],
  [/ENOSPC/, 'The disk is full; set-up needs about 1 GB.'],
  [/EACCES|EROFS|EPERM/, "npm could not write here. Is the folder, or npm's cache, read-only or someone else's?"],
  [/EINTEGRITY/, 'A package is not the one that package-lock.json names; a proxy or a mirror may have changed it.'],
];

/** Where the log is, stack traces, and the members of Node's error objects. */
const NOISE = /complete log|_logs|^npm \S+ {2,}(at |\w+: )|^npm \S+ +[{}]?$|^npm error\s*$/;

/**
 * npm's own words, and what to do about them.
 * @param {readonly string[]} lines what npm printed as errors
 * @returns {string}
 */
export function explainNpmFailure(lines) {
  const said = lines.filter((line) => !NOISE.test(line)).join('\n');
  const [, advice] = REASONS.find(([pattern]) => pattern.test(said)) ?? [];
  return `${said}\n\n${advice ?? 'Installing the packages failed.'}`.trim();
}

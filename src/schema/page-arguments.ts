/** The four arguments of every connection, described once. */
import { PAGE_DEFAULT, PAGE_MAX } from '../events/page.ts';

export const PAGE_ARGUMENTS = {
  firstArgOptions: {
    description: `How many from the start (or after \`after\`); ${PAGE_DEFAULT} when neither \`first\` nor \`last\` is given, at most ${PAGE_MAX}.`,
  },
  lastArgOptions: {
    description: `How many from the end (or before \`before\`), in the same order; at most ${PAGE_MAX}.`,
  },
  afterArgOptions: { description: 'Only what comes after this cursor.' },
  beforeArgOptions: { description: 'Only what comes before this cursor.' },
} as const;

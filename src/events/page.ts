/** Pages belong to whatever keeps rows; handed on here for those who read the journal. */
export * from '../db/page.ts';

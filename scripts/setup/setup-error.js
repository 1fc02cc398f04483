/** Something that stops set-up and that a person can act on: its message is all they need to see. */
export class SetupError extends Error {}

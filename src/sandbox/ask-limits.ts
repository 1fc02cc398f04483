/** How much a plugin may ask of its host before it is answered. An isolate reads this file, too, so it imports nothing. */
export const ASK_LIMITS = {
  /** Requests under way of one call, counted by the server. */
  ofCall: 32,
  /** Of one instance, which is of as many calls as it may have at once; counted in the isolate, lest it fills its own heap. */
  ofInstance: 256,
  /** Their arguments, in all, wait outside of that heap: so many times the longest that one may have (`inputBytes`). */
  inputsOfInstance: 8,
} as const;

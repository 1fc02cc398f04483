/** What the plain host says of an answer that it got, or of the error in its place. */
export type PlainAnswer =
  { readonly delivered: true; readonly chars: number } | { readonly delivered: false; readonly message: string };

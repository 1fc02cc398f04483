export function requireOk({ code, message }: { readonly code: string; readonly message: string }): void {
  if (code !== 'OK') throw new Error(`${code}: ${message}`);
}

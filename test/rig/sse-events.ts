/** Reads a stream of Server-Sent Events as a browser does. */
export interface ServerSentEvent {
  readonly event: string;
  /** Of this event; a browser keeps the last one. */
  readonly id: string | undefined;
  readonly data: string;
}

/** Blocks without an event, such as comments, are left out; `onBlock` sees them all. */
export async function* readServerSentEvents(
  response: Response,
  onBlock: (text: string) => void = () => {},
): AsyncGenerator<ServerSentEvent, undefined> {
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      onBlock(block);
      const [, event] = /^event: (.*)$/m.exec(block) ?? [];
      const [, id] = /^id: (.*)$/m.exec(block) ?? [];
      const [, data = ''] = /^data: ?(.*)$/m.exec(block) ?? [];
      if (event) yield { event, id, data };
    }
  }
}

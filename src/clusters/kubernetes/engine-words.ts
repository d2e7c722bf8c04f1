/** What the engine of a node says, without by what ways that came to us. */
export function engineWords(text: string): string {
  return text.replace(/^rpc error: code = \w+ desc = /, '').replace(/^Error response from daemon: /, '');
}

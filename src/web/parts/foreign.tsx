/**
 * What others wrote: a message, a branch, an author. It turns nothing that stands around it, and a character that nobody sees,
 * but that turns or breaks the text, is shown by its code.
 */
export function Foreign({ children }: { children: string }) {
  return <bdi>{visibleText(children)}</bdi>;
}

/** The branches of a merge request as they can stand within a sentence. */
export function visibleRequest<Request extends { source: string; target: string }>(
  request: Request,
): Request {
  return { ...request, source: visibleText(request.source), target: visibleText(request.target) };
}

function visibleText(text: string): string {
  return text.replaceAll(
    /[^\P{Cc}\n\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (character) =>
      `\u27e8U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}\u27e9`,
  );
}

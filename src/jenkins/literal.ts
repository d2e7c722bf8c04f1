/** A text that is no template: `${` stands for itself. */
export function literal(text: string): string {
  return text.replaceAll('${', () => '$${');
}

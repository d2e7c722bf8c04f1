import { SaxesParser } from 'saxes';

export interface XmlElement {
  name: string;
  attributes: Readonly<Record<string, string>>;
  /** Its own text, trimmed. */
  text: string;
  children: XmlElement[];
  /** Where it begins. */
  line: number;
}

const maxDepth = 64;

/** Reads XML 1.0 or 1.1 without a DTD. Never throws. */
export function readXml(text: string): XmlElement | { problem: string; line: number } {
  const parser = new SaxesParser({ xmlns: false, position: true });
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  let fault: { problem: string; line: number } | undefined;
  const fail = (problem: string) => {
    fault ??= { problem, line: parser.line };
  };
  parser.on('error', (error) => fail(error.message.replace(/^\d+:\d+: /, '')));
  parser.on('doctype', () => fail('a document type is not read'));
  parser.on('opentag', ({ name, attributes }) => {
    const element: XmlElement = { name, attributes, text: '', children: [], line: parser.line };
    const parent = open.at(-1);
    if (open.length >= maxDepth) fail(`nested deeper than ${maxDepth} levels`);
    else parent?.children.push(element);
    root ??= element;
    open.push(element);
  });
  const addText = (added: string) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += added;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const element = open.pop();
    if (element !== undefined) element.text = element.text.replaceAll('\r\n', '\n').trim();
  });
  try {
    parser.write(text).close();
  } catch (error) {
    fail(error instanceof Error ? error.message : 'this is not XML');
  }
  return fault ?? root ?? { problem: 'there is no element in it', line: 1 };
}

/** The first element below, by the names on the way. */
export function elementAt(element: XmlElement | undefined, ...names: string[]): XmlElement | undefined {
  return names.reduce<XmlElement | undefined>(
    (here, name) => here?.children.find((child) => child.name === name),
    element,
  );
}

export function textAt(element: XmlElement | undefined, ...names: string[]): string {
  return elementAt(element, ...names)?.text ?? '';
}

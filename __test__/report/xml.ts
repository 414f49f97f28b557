/** A strict, small reader of XML, to see that a figure is well formed. */

export interface Node {
  name: string;
  attributes: Record<string, string>;
  children: Node[];
  /** Text directly inside. */
  text: string;
}

const NAME = '[A-Za-z][A-Za-z0-9-]*';
const TAG = new RegExp(`<(/?)(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/?)>`, 'y');

/** The one element of a document. Throws where it is not well formed. */
export function parseXml(source: string): Node {
  const top: Node = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  let at = 0;
  while (at < source.length) {
    const next = source.indexOf('<', at);
    const end = next < 0 ? source.length : next;
    (open.at(-1) as Node).text += decode(source.slice(at, end));
    if (next < 0) break;
    TAG.lastIndex = next;
    const tag = TAG.exec(source);
    if (!tag) throw new Error(`no tag at ${next}: ${source.slice(next, next + 60)}`);
    const [, closing, name = '', attributes = '', empty] = tag;
    at = TAG.lastIndex;
    if (closing) {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes another element`);
    } else {
      const node: Node = { name, attributes: attributesOf(attributes), children: [], text: '' };
      (open.at(-1) as Node).children.push(node);
      if (!empty) open.push(node);
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)?.name}> is not closed`);
  if (top.children.length !== 1 || top.text.trim() !== '') throw new Error('not one element');
  return top.children[0] as Node;
}

/** Every element below, and itself. */
export function* walk(node: Node): Generator<Node> {
  yield node;
  for (const child of node.children) yield* walk(child);
}

/** Elements with a class. */
export function ofClass(node: Node, name: string): Node[] {
  return [...walk(node)].filter(({ attributes }) => attributes.class?.split(' ').includes(name));
}

/** Corners of a path of absolute M and L. */
export function corners(d: string): [number, number][] {
  return d
    .replace(/Z$/, '')
    .slice(1)
    .split('L')
    .map((pair) => pair.split(' ').map(Number) as [number, number]);
}

function attributesOf(text: string): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/([A-Za-z-]+)="([^"]*)"/g)) {
    if (name in all) throw new Error(`${name} twice`);
    all[name] = decode(value);
  }
  return all;
}

const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

function decode(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids these.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text)) throw new Error('control character');
  return text.replaceAll(/&[^;]*;?/g, (entity) => {
    const character = ENTITIES[entity];
    if (character === undefined) throw new Error(`entity ${entity}`);
    return character;
  });
}

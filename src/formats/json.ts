/** JSON and JSON Lines: lists of vectors, records with a vector each, vectors by name. */
import { quoteText } from '../printable.js';
import { refused } from './failure.js';
import { listTexts, quoted } from './lists.js';
import { type FoundMatrix, namesOrClasses } from './matrix.js';
import type { Source } from './source.js';
import { TextRows } from './text-rows.js';
import { type Meaning, meaningOf, namingFields, type Wanted } from './wanted.js';

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [0x5b, 0x5d, 0x7b, 0x7d];
const LONGEST_TEXT = 1 << 16;
const MOST_FIELDS = 4096;

/** True for a text that begins as JSON does, with a vector or a name soon behind. */
export function isJson(head: Buffer): boolean {
  const text = head.toString('latin1').trimStart();
  return /^[[{]\s*(["[{\]}\-0-9NI]|$)/.test(text) && !text.includes('\0');
}

/** Reads the rows of a file. Numbers are parsed where they lie; nothing else of it is kept. */
export function findInJson(source: Source, wanted: Wanted): FoundMatrix {
  return new JsonRows(source.file, source.all(), wanted).read();
}

/** A vector of an object: where its numbers lie. */
type Vector = { key: string; start: number; end: number };

/** Parts of an object: its vectors, and the values beside them. */
interface Fields {
  vectors: Vector[];
  /** Texts and numbers. */
  scalars: Map<string, string>;
  /** Lists of texts. */
  lists: Map<string, string[]>;
  /** Lists of vectors, and how many rows each added. */
  blocks: { key: string; count: number }[];
  /** Objects inside that hold no vector. */
  bare: string[];
}

class JsonRows {
  #at = 0;
  readonly #rows: TextRows;
  readonly #names: string[] = [];
  readonly #labels: string[] = [];

  constructor(
    private readonly file: string,
    private readonly text: Buffer,
    private readonly wanted: Wanted,
  ) {
    this.#rows = new TextRows(file, text, ',');
  }

  read(): FoundMatrix {
    let values = 0;
    for (this.#space(); this.#at < this.text.length; this.#space()) {
      this.#top(values);
      values += 1;
    }
    if (this.#rows.rows === 0) throw this.#broken('no vectors', 'a list of numbers for each row');
    const kind = values === 1 ? 'JSON' : `${values} lines of JSON`;
    const found = this.#rows.finish(`${kind}: ${this.#rows.rows} vectors`);
    const complete = (texts: string[]) => (texts.length === this.#rows.rows ? texts : undefined);
    const texts = { names: complete(this.#names), labels: complete(this.#labels) };
    return { ...found, ...namesOrClasses(texts, this.wanted) };
  }

  #top(before: number): void {
    const byte = this.text[this.#at];
    if (byte === OPEN) {
      this.#object(undefined, before);
    } else if (byte === OPEN_LIST) {
      if (this.#isVector()) this.#row(this.#vector());
      else this.#list();
    } else throw this.#unexpected('a list or an object');
  }

  /** A list of vectors or records; returns how many. */
  #list(): number {
    let count = 0;
    this.#each(OPEN_LIST, CLOSE_LIST, () => {
      const byte = this.text[this.#at];
      if (byte === OPEN_LIST && this.#isVector()) this.#row(this.#vector());
      else if (byte === OPEN) this.#object(undefined, 1);
      else throw this.#unexpected('a vector or an object with one');
      count += 1;
    });
    return count;
  }

  /**
   * An object: a record, named vectors, vectors by class, or lists side by side. `before` counts values before
   * it. False for one inside of another that has no vector.
   */
  #object(name: string | undefined, before: number): boolean {
    const fields: Fields = {
      vectors: [],
      scalars: new Map(),
      lists: new Map(),
      blocks: [],
      bare: [],
    };
    const first = this.#rows.rows;
    this.#each(OPEN, CLOSE, () => {
      const key = this.#string();
      this.#space();
      this.#expect(COLON, 'a colon');
      this.#space();
      this.#field(key, fields, name === undefined);
    });
    const { vectors, scalars, blocks, bare } = fields;
    if (this.#rows.rows > first) {
      if (blocks.length === 0 && bare.length > 0) throw this.#withoutVector();
      if (blocks.length > 1) this.#byClass(fields);
      else this.#sideBySide(fields);
      return true;
    }
    if (name !== undefined && vectors.length === 0) return false;
    const more = before > 0 || this.#restIsMore();
    const single = vectors.length === 1 && this.#meaning(vectors[0]?.key ?? '') === 'vectors';
    if (name === undefined && !more && scalars.size === 0 && !single) {
      if (vectors.length === 0) throw this.#broken('an object without a vector', 'one');
      for (const vector of vectors) this.#row(vector, vector.key);
    } else {
      this.#record(name, fields);
    }
    return true;
  }

  /** Lists of vectors, each of the class that its key names. */
  #byClass({ blocks, vectors, scalars, lists }: Fields): void {
    if (vectors.length + scalars.size + lists.size > 0) {
      throw this.#broken(`${blocks.length} lists of vectors and more beside them`, 'one list');
    }
    for (const { key, count } of blocks) {
      for (let row = 0; row < count; row += 1) this.#labels.push(key);
    }
  }

  #field(key: string, fields: Fields, mayNest: boolean): void {
    const byte = this.text[this.#at];
    if (byte === OPEN_LIST) {
      const next = this.#firstInside();
      if (this.#isVector()) {
        if (fields.vectors.length === MOST_FIELDS && !mayNest)
          throw this.#unexpected('fewer fields');
        fields.vectors.push({ key, ...this.#vector() });
      } else if (mayNest && (next === OPEN_LIST || next === OPEN)) {
        fields.blocks.push({ key, count: this.#list() });
      } else if (next === QUOTE && this.#meaning(key) !== undefined) {
        fields.lists.set(key, this.#strings());
      } else this.#skip();
    } else if (byte === OPEN && mayNest) {
      if (!this.#object(key, 1)) fields.bare.push(key);
    } else if (byte === QUOTE) {
      const text = this.#string();
      if (fields.scalars.size < MOST_FIELDS) fields.scalars.set(key, text);
    } else {
      const start = this.#at;
      this.#skip();
      const text = this.text.toString('latin1', start, Math.min(this.#at, start + 64));
      if (fields.scalars.size < MOST_FIELDS && /^[-\d]/.test(text)) fields.scalars.set(key, text);
    }
  }

  #record(name: string | undefined, { vectors, scalars }: Fields): void {
    const telling = vectors.filter(({ key }) => this.#meaning(key) === 'vectors');
    const [vector, ...others] = telling.length === 1 ? telling : vectors;
    if (vector === undefined || others.length > 0) {
      const keys = vectors.map(({ key }) => key);
      if (keys.length === 0) throw this.#withoutVector();
      throw this.#broken(
        `${keys.length} vectors in a record: ${quoted(keys)}`,
        'one, or one named embedding, vector or features',
      );
    }
    const { names, labels } = namingFields([...scalars.keys()], this.wanted);
    const of = (key: string | undefined) => (key === undefined ? key : scalars.get(key));
    this.#row(vector, name ?? of(names), of(labels));
  }

  #withoutVector() {
    return this.#broken('a record without a vector', 'one, named embedding, vector or features');
  }

  /** Names and classes in lists beside a list of vectors. */
  #sideBySide({ lists, vectors }: Fields): void {
    for (const [key, texts] of lists) this.#add(key, texts);
    for (const { key, start, end } of vectors) {
      const texts = this.text.toString('latin1', start, end).split(',');
      if (this.#meaning(key) === 'labels') this.#add(key, texts);
    }
  }

  #meaning(key: string): Meaning | undefined {
    return meaningOf(key, this.wanted);
  }

  #add(key: string, texts: readonly string[]): void {
    const meaning = this.#meaning(key);
    const into = meaning === 'names' ? this.#names : this.#labels;
    // One by one: hundreds of thousands are too many arguments of one call.
    if (meaning === 'names' || meaning === 'labels')
      for (const text of texts) into.push(text.trim());
  }

  #row({ start, end }: { start: number; end: number }, name?: string, label?: string): void {
    this.#rows.add(start, end);
    if (name !== undefined) this.#names.push(name);
    if (label !== undefined) this.#labels.push(label);
  }

  #isVector(): boolean {
    const next = this.#firstInside();
    return (
      next !== undefined && (/[-0-9.NI]/.test(String.fromCharCode(next)) || next === CLOSE_LIST)
    );
  }

  #firstInside(): number | undefined {
    let at = this.#at + 1;
    while (isSpace(this.text[at])) at += 1;
    return this.text[at];
  }

  #vector(): { start: number; end: number } {
    const start = this.#at + 1;
    const end = this.text.indexOf(CLOSE_LIST, start);
    if (end < 0) throw this.#unexpected('the end of a list');
    this.#at = end + 1;
    return { start, end };
  }

  #strings(): string[] {
    const texts: string[] = [];
    this.#each(OPEN_LIST, CLOSE_LIST, () => {
      texts.push(this.#string());
    });
    return texts;
  }

  #string(): string {
    if (this.text[this.#at] !== QUOTE) throw this.#unexpected('a text in quotes');
    let end = this.#at + 1;
    while (end < this.text.length && this.text[end] !== QUOTE) {
      end += this.text[end] === BACKSLASH ? 2 : 1;
      if (end - this.#at > LONGEST_TEXT)
        throw this.#unexpected(`a text of at most ${LONGEST_TEXT} bytes`);
    }
    if (end >= this.text.length) throw this.#unexpected('the end of a text');
    const raw = this.text.toString('utf8', this.#at, end + 1);
    try {
      const text = JSON.parse(raw) as string;
      this.#at = end + 1;
      return text;
    } catch {
      throw this.#unexpected('a text as JSON writes it');
    }
  }

  /** Goes past a value, however deep, without keeping it. */
  #skip(): void {
    let depth = 0;
    do {
      const byte = this.text[this.#at];
      if (byte === undefined) throw this.#unexpected('the end of a value');
      if (byte === QUOTE) this.#string();
      else {
        if (byte === OPEN || byte === OPEN_LIST) depth += 1;
        if (byte === CLOSE || byte === CLOSE_LIST) depth -= 1;
        this.#at += 1;
      }
      const next = this.text[this.#at];
      if (depth === 0 && (next === COMMA || next === CLOSE || next === CLOSE_LIST)) return;
    } while (depth > 0 || !isSpace(this.text[this.#at]));
  }

  /** Runs `one` for each entry between two brackets. */
  #each(open: number, close: number, one: () => void): void {
    this.#expect(open, 'a bracket');
    this.#space();
    if (this.text[this.#at] === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      this.#space();
      one();
      this.#space();
      if (this.text[this.#at] === close) break;
      this.#expect(COMMA, `a comma or ${quoteText(String.fromCharCode(close))}`);
    }
    this.#at += 1;
  }

  #restIsMore(): boolean {
    let at = this.#at;
    while (isSpace(this.text[at])) at += 1;
    return at < this.text.length;
  }

  #expect(byte: number, what: string): void {
    if (this.text[this.#at] !== byte) throw this.#unexpected(what);
    this.#at += 1;
  }

  #space(): void {
    while (isSpace(this.text[this.#at])) this.#at += 1;
  }

  #unexpected(expected: string) {
    const found =
      this.#at < this.text.length
        ? quoteText(this.text.toString('utf8', this.#at, this.#at + 20))
        : 'the end of the file';
    return refused(this.file, { offset: this.#at, found, expected, hint: 'Correct the file' });
  }

  #broken(found: string, expected: string) {
    const hint = `Write one object a line: ${listTexts(['{"id": "a", "embedding": [0.1, 0.2]}'])}`;
    return refused(this.file, { offset: this.#at, found, expected, hint });
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

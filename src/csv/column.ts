/** Columns of numbers that grow as rows are read. */

type Values = Uint8Array | Uint32Array | Float64Array;

export class Column<T extends Values> {
  length = 0;
  protected values: T;

  constructor(private readonly type: { new (length: number): T }) {
    this.values = new type(1 << 12);
  }

  push(value: number): void {
    if (this.length === this.values.length) this.reserve(1);
    this.values[this.length] = value;
    this.length += 1;
  }

  /** The values, in an array of their number. */
  toArray(): T {
    return this.values.slice(0, this.length) as T;
  }

  /** The first `count` values; the column is empty afterwards. */
  take(count: number): T {
    const values = this.values.slice(0, count) as T;
    this.length = 0;
    return values;
  }

  protected reserve(count: number): void {
    if (this.length + count <= this.values.length) return;
    const grown = new this.type(Math.max(2 * this.values.length, this.length + count));
    grown.set(this.values);
    this.values = grown;
  }
}

/** A column of 32-bit numbers that knows its largest value and whether it is ascending. */
export class Uint32Column extends Column<Uint32Array> {
  /** Largest value so far; -1 in an empty column. */
  largest = -1;
  /** True if each value is larger than the one before it, so that none occurs twice. */
  ascending = true;

  constructor() {
    super(Uint32Array);
  }

  override push(value: number): void {
    super.push(value);
    // In an ascending column the last value is the largest.
    if (value <= this.largest) this.ascending = false;
    else this.largest = value;
  }

  /** Appends `count` values: those of `cells` from `start` on, `step` apart. */
  pushEach(cells: Uint32Array, start: number, step: number, count: number): void {
    this.reserve(count);
    const { values } = this;
    let { length, largest, ascending } = this;
    let cell = start;
    for (const end = length + count; length < end; length += 1) {
      const value = cells[cell] as number;
      values[length] = value;
      if (value <= largest) ascending = false;
      else largest = value;
      cell += step;
    }
    this.length = length;
    this.largest = largest;
    this.ascending = ascending;
  }
}

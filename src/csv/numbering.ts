/** Numbers for the names of classes and groups. */

/** Numbers names 0, 1, … in the order in which they are first met. */
export class Numbering {
  /** Name of each number. */
  readonly names: string[] = [];
  private readonly byName = new Map<string, number>();
  private readonly byNumber = new Map<number, number>();
  private last = -1;
  private lastNumber = -1;

  /** Returns the number of a name. */
  of(name: string): number {
    let number = this.byName.get(name);
    if (number === undefined) {
      number = this.names.push(name) - 1;
      this.byName.set(name, number);
    }
    return number;
  }

  /** {@link of} a name that is a whole number, without making a text each time. */
  ofNumber(name: number): number {
    // Most files list the rows of a class one behind the other.
    if (name === this.last) return this.lastNumber;
    let number = this.byNumber.get(name);
    if (number === undefined) {
      number = this.of(String(name));
      this.byNumber.set(name, number);
    }
    this.last = name;
    this.lastNumber = number;
    return number;
  }
}

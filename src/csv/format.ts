/** A kind of CSV file: its options and how its rows are collected, from a file or from bytes. */
import {
  type Checked,
  filePath,
  optional,
  readOptions,
  requireBytes,
  type Rules,
  text,
} from '../arguments.js';
import { inputName } from '../files/input.js';
import { type Collector, parseTable, readTable, readTableSync } from './read.js';

/** Reads one kind of CSV file. A path of `-` means standard input. */
export class CsvFormat<Result, Options> {
  /** `collect` starts a collector; its first argument is the file to name in errors. */
  constructor(
    private readonly rules: Rules<Options>,
    private readonly collect: (file: string, options: Options) => Collector<Result>,
  ) {}

  /** Validates the arguments and reads a file. */
  async read(path: string, options: Options): Promise<Result> {
    return readTable(path, this.collector(path, options));
  }

  /** {@link read}, blocking. */
  readSync(path: string, options: Options): Result {
    return readTableSync(path, this.collector(path, options));
  }

  /** {@link read} from memory; `file` is named in errors. */
  parse(bytes: Uint8Array, options: Options & { file?: string }): Result {
    requireBytes(bytes, 'bytes');
    const rules = { ...this.rules, file: optional(text) } as Rules<Options & { file?: string }>;
    const settled = readOptions(options, rules);
    return parseTable(bytes, this.collect(settled.file ?? '<bytes>', settled));
  }

  /** Reads a file with arguments that were validated before. */
  async load(path: string, options: Checked<Options>): Promise<Result> {
    return readTable(path, this.collect(inputName(path), options));
  }

  private collector(path: string, options: Options): Collector<Result> {
    filePath(path, 'path');
    return this.collect(inputName(path), readOptions(options, this.rules));
  }
}

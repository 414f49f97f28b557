/** The option that names a column, where a file lacks it. */
import { HackfaceError } from '../errors.js';

/**
 * Reads a file of which a request names one column by `option`. The readers' own option `columns`
 * names every column; the request has no name for the others.
 */
export async function namingColumn<T>(
  option: 'truthColumn' | 'scoreColumn',
  reading: Promise<T>,
): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof HackfaceError) || error.option !== 'columns') throw error;
    throw error.with({ advice: error.column === 'Id' ? undefined : { text: 'name it', option } });
  }
}

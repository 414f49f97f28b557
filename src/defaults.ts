/** The core's defaults of options, for results and help. */
import { callNative } from './native.js';

type Defaults = ReturnType<typeof read>;

const read = () => callNative((native) => native.defaults());

let known: Defaults | undefined;

/** Looks the defaults up, once. Errors: `ELOAD`. */
export function defaults(): Defaults {
  known ??= read();
  return known;
}

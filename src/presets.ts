/** Named pipelines. */
import { callNative } from './native.js';

/** A named pipeline. */
export interface Preset {
  /** Its name, which the option `pipeline` takes. */
  name: string;
  /** The pipeline. */
  pipeline: string;
  /** One line about it. */
  about: string;
}

/** Every preset, in the order of the documentation. */
export function presets(): Preset[] {
  return callNative((native) => native.presets());
}

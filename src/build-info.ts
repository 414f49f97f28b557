/** Facts about this build on this machine. */
import { callNative } from './native.js';

/** A build on a machine. */
export interface BuildInfo {
  /** Version of the addon. */
  version: string;
  /** Instruction set of `cpu: 'auto'`, by the names of that option. */
  cpu: string;
  /** Every instruction set of this machine, by the same names. */
  cpus: string[];
  /** Default number of threads of a job. */
  threads: number;
}

/** Version of this build, and the instruction set and threads that it uses on this machine. */
export function buildInfo(): BuildInfo {
  return callNative((native) => native.buildInfo());
}

/** Requirements of tests on the system: reasons for `skip`, `false` where it runs. */
const { platform } = process;

export const onLinux = platform === 'linux';

/** `/dev/full`, `/proc`, limits of memory. */
export const needsLinux = !onLinux && `needs Linux, this is ${platform}`;

/** Signals, FIFOs, modes, links, a shell, files that may shrink while they are mapped. */
export const needsPosix = platform === 'win32' && `needs a POSIX system, this is ${platform}`;

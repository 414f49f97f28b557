/** Where it is told how a file was understood: by the command line, on standard error. */

type Listener = (text: string) => void;
let listener: Listener | undefined;

/** Chooses who is told from now on; nobody by default. */
export function listen(next: Listener | undefined): void {
  listener = next;
}

/** Tells how a file was understood. */
export function tell(text: string): void {
  listener?.(text);
}

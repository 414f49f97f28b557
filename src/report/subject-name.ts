/** Names of what was judged. */

/** A result with its subject. */
export interface Judged {
  subject: Partial<
    Record<'metric' | 'model' | 'scores' | 'embeddings' | 'probes' | 'gallery', string>
  >;
}

/** A short name of a subject: the metric or the model first. */
export function subjectName({ subject }: Judged): string {
  const by = subject.metric ?? (subject.model === undefined ? undefined : fileName(subject.model));
  const on = subject.scores ?? subject.embeddings ?? subject.probes ?? subject.gallery;
  return [by, on === undefined ? undefined : fileName(on)].filter(Boolean).join(' on ') || 'scores';
}

/** Names of several subjects, short if that tells them apart. */
export function subjectNames(all: readonly Judged[]): string[] {
  const long = all.map(subjectName);
  const short = all.map(({ subject: { metric, model } }, i) => {
    return metric ?? (model === undefined ? (long[i] as string) : fileName(model));
  });
  const names = new Set(short).size === short.length ? short : long;
  return names.map((name, i) => (names.indexOf(name) === i ? name : `${name} (${i + 1})`));
}

function fileName(path: string): string {
  return path.split(/[/\\]/).at(-1) || path;
}

/** Remarks on several results. */

interface Remark {
  code: string;
  text: string;
}

/** The remarks on several results, each once: one that does not concern all of them names those that it concerns. */
export function ofSeveral(
  names: readonly string[],
  results: readonly { warnings: readonly Remark[] }[],
): Remark[] {
  const concerned = new Map<string, { warning: Remark; by: Set<string> }>();
  for (const [at, { warnings }] of results.entries()) {
    for (const warning of warnings) {
      const { by } = concerned.get(warning.text) ?? { by: new Set() };
      concerned.set(warning.text, { warning, by: by.add(names[at] as string) });
    }
  }
  return [...concerned.values()].map(({ warning, by }) => {
    const text = by.size < results.length ? `${[...by].join(', ')}: ${warning.text}` : warning.text;
    return { ...warning, text };
  });
}

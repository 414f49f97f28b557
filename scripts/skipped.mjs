// A reporter of `node --test`: at the end, each test that was skipped, and why.
export default async function* skipped(source) {
  const lines = [];
  for await (const { type, data } of source) {
    if (type !== 'test:pass' || data.skip === undefined) continue;
    lines.push(`  ${data.name}: ${data.skip === true ? 'no reason given' : data.skip}\n`);
  }
  if (lines.length > 0) yield `\nSkipped:\n${lines.join('')}`;
}

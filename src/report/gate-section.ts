/** The answers of gates on a page. */
import type { GateAnswer, GateReport } from '../gates/judge.js';
import { isolated, type Markup, markup, type Part } from './markup.js';
import { value } from './number-text.js';
import { figure, intervalText, section, table } from './page-parts.js';

/** The class of an answer is that of a rate as sure. */
const CLASSES: Readonly<Record<GateAnswer, string>> = {
  met: 'resolved',
  'not met': 'unresolved',
  'cannot tell': 'unstable',
};

/** The answer of all gates, and of each with what was judged; nothing without gates. */
export function gateSection(report: GateReport | undefined): Markup | null {
  if (report === undefined) return null;
  const rows = report.gates.map((gate): Part[] => [
    gate.gate,
    answerOf(gate.answer),
    figure(gate.value, value),
    gate.interval && intervalText(gate.interval, value),
    isolated(gate.because),
  ]);
  return section(
    'gates',
    'Gates',
    markup`<p>All together: ${answerOf(report.answer)}. A gate is judged on a whole interval, of a level of its own.</p>
`,
    table('Gates', ['gate', 'answer', '#value', '#interval', 'because'], rows),
  );
}

function answerOf(answer: GateAnswer): Markup {
  return markup`<span class="${CLASSES[answer]}">${answer}</span>`;
}

/** Pictures and pages of an evaluation. */

export { type AuditPageOptions, writeAuditReport } from './audit.js';
export {
  checkPlot,
  type PlotKind,
  type PlotOptions,
  plotKind,
  writePlot,
  writeStepPlot,
} from './plot.js';
export { type ReportOptions, writeReport } from './report.js';
export type { StepPlot } from './steps.js';

/** Pictures and pages of an evaluation, of an identification and of an audit. */

export { type AuditPageOptions, writeAuditReport } from './audit.js';
export {
  checkPlot,
  type PlotKind,
  type PlotOptions,
  plotKind,
  writePlot,
  writeStepPlot,
} from './plot.js';
export {
  checkIdentificationPlot,
  type IdentificationPlotKind,
  type IdentificationPlotOptions,
  writeIdentificationPlot,
} from './identification-plot.js';
export {
  type IdentificationReportOptions,
  writeIdentificationReport,
} from './identification-report.js';
export { type ReportOptions, writeReport } from './report.js';
export type { StepPlot } from './steps.js';

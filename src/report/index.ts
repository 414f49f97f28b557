/** The public functions of report/: plots and pages of evaluations, identifications and audits. */

export { type AuditPageOptions, writeAuditReport } from './audit-report.js';
export { type CalibrationPageOptions, writeCalibrationReport } from './calibration-report.js';
export {
  type ComparisonPageOptions,
  writeComparisonPlot,
  writeComparisonReport,
} from './comparison-report.js';
export {
  checkPlot,
  PLOT_WORDS,
  type PlotKind,
  type PlotOptions,
  plotKind,
  writePlot,
} from './verification-plot.js';
export {
  checkIdentificationPlot,
  type IdentificationPlotKind,
  type IdentificationPlotOptions,
  writeIdentificationPlot,
  writeStepPlot,
} from './identification-plot.js';
export {
  type IdentificationReportOptions,
  writeIdentificationReport,
} from './identification-report.js';
export type { CardPageOptions, PageOptions } from './page-file.js';
export { type SystemsReportOptions, writeSystemsReport } from './systems-report.js';
export { type ReportOptions, writeReport } from './verification-report.js';
export type { StepPlot } from './step-chart.js';

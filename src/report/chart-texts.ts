/** How to read each chart, in a sentence. */

/** A sentence or two for each chart of a page, by its id. */
export const CHART_TEXTS: Readonly<Record<string, string>> = {
  roc: 'The higher the curve, the more genuine pairs are accepted at a false accept rate; dots are the rates asked for.',
  det: 'The lower the curve, the fewer errors of both kinds; the dot on the diagonal is the EER.',
  histogram: 'The less the two hills overlap, the better a threshold tells them apart.',
  reliability:
    'A dot on the diagonal is a probability that holds; the larger the dot, the more pairs.',
  tippett:
    'The further apart the curves, the more ratios say; what lies on the wrong side of 0 misleads.',
  nber: 'Below 1 the ratios help at that prior; the gap between the curves is the price of bad calibration. Beyond the dotted lines fewer than 30 false accepts (FA) or false rejects (FR) count.',
  edc: 'The faster a curve falls, the better quality foretells false rejects; a level one says that it does not.',
  quality:
    'Medians and middle halves of the scores; where the two come near, quality is too low to decide.',
  zoo: 'A dot is a person; dashed lines are quartiles. Behind the name of each corner is its number of people, and in brackets that to expect by chance.',
};

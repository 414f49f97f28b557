/** Cells as CSV text. */

/** Writes a cell as CSV: quoted if it holds a quote, a comma or a line end. */
export function quoteCell(text: string): string {
  if (!/[",\r\n]/.test(text)) return text;
  return `"${text.replaceAll('"', '""')}"`;
}

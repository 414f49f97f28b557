/** Lists of names in messages. */
import { nearestName } from '../nearest.js';
import { quoteText } from '../printable.js';

const LISTED = 12;

/** At most twelve texts, then the number of others. */
export function listTexts(texts: readonly string[]): string {
  const more = texts.length - LISTED;
  return `${texts.slice(0, LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** A hint at the name that was meant, if one is near. */
export function nearestHint(
  names: readonly string[],
  given: string,
  hint: (name: string) => string,
): { hint?: string } {
  const nearest = nearestName(names, given);
  return nearest === undefined ? {} : { hint: hint(nearest) };
}

/** Names in quotes, for a message. */
export function quoted(names: readonly string[]): string {
  return listTexts(names.map(quoteText));
}

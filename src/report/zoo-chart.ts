/** The zoo plot. */
import type { Evaluation } from '../evaluation/result.js';
import { type Axis, linearAxis } from './axis.js';
import type { Chart, Layer, LegendEntry } from './chart.js';
import { count, value } from './number-text.js';
import type { Point } from './thin-points.js';

/** Colours of the animals, in the order of the figures; the others are in the last one. */
const COLOURS = ['c2', 'c4', 'c3', 'c1'];
const OTHERS = 'c5';

type Menagerie = NonNullable<Evaluation['menagerie']>;

/**
 * The zoo plot: a dot for each person, mean score of the impostor pairs over that of the genuine ones; lines
 * at the quartiles of both. Source: Yager & Dunstone 2010.
 */
export function zooChart({ menagerie, orientation }: Evaluation): Chart {
  const zoo = menagerie as Menagerie;
  const { members, genuineQuartiles, impostorQuartiles } = zoo;
  const axes = {
    x: spanning(`mean ${orientation} to oneself`, [...members.genuine, ...genuineQuartiles]),
    y: spanning(`mean ${orientation} to others`, [...members.impostor, ...impostorQuartiles]),
  };
  const kinds = members.genuine.map((_, i) => animalOf(zoo, i, orientation));
  const line = (points: Point[]): Layer => ({ kind: 'line', points, colour: '', dash: true });
  const dots = [...COLOURS, OTHERS].map((colour, kind): Layer => {
    const of = members.genuine.flatMap((x, i): Point[] =>
      kinds[i] === kind ? [[x, members.impostor[i] as number]] : [],
    );
    return { kind: 'dots', points: of, colour };
  });
  return {
    id: 'zoo',
    title: 'Zoo plot',
    description: `Mean ${orientation} to others over that to oneself, of ${count(zoo.people)} people. ${zoo.animals.map(({ name, people }) => `${name}: ${people}`).join(', ')}.`,
    ...axes,
    layers: [
      ...genuineQuartiles.map((x) =>
        line([
          [x, axes.y.low],
          [x, axes.y.high],
        ]),
      ),
      ...impostorQuartiles.map((y) =>
        line([
          [axes.x.low, y],
          [axes.x.high, y],
        ]),
      ),
      ...dots.reverse(),
    ],
    legend: zoo.animals.map(({ name, people, expected }, i): LegendEntry => {
      return {
        name: `${name} ${count(people)} (${Math.round(expected)})`,
        colour: COLOURS[i] as string,
        sign: 'dot',
      };
    }),
  };
}

/** The place of a person's animal, or of the others. */
function animalOf({ members, ...zoo }: Menagerie, i: number, orientation: string): number {
  const sign = orientation === 'distance' ? -1 : 1;
  const side = (score: number, [low = 0, high = 0]: readonly number[]) =>
    sign * score > sign * high ? 1 : sign * score < sign * low ? 0 : undefined;
  const own = side(members.genuine[i] as number, zoo.genuineQuartiles);
  const others = side(members.impostor[i] as number, zoo.impostorQuartiles);
  const places = ['10', '11', '00', '01'];
  const place = places.indexOf(`${own}${others}`);
  return place < 0 ? COLOURS.length : place;
}

function spanning(title: string, values: readonly number[]): Axis {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const room = (high - low) / 20 || 0.5;
  return linearAxis(title, low - room, high + room, value);
}

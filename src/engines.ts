/** Engines that search vectors: how each is asked for a plain measure, and what its numbers mean. */
/** An engine that searches vectors. */
export type Engine = 'pgvector' | 'qdrant' | 'milvus' | 'lancedb' | 'faiss' | 'usearch';

/** A plain measure that mapped rows are compared by. */
export type PlainMeasure = 'cosine' | 'sqeuclidean' | 'euclidean' | 'inner-product';

/** The number that an engine returns for two rows, by their cosine, their distance or their inner product. */
type Returned = 'cos' | '1-cos' | 'l2' | 'l2^2' | 'ip' | '-ip' | '1-ip';

/** How an engine is asked for one kind of measure. */
interface Asked {
  /** Its name for the measure: an operator, a metric type. */
  name: string;
  returns: Returned;
}

interface EngineAbout {
  cosine: Asked;
  distance: Asked;
  product: Asked;
  /** The search without an index, which is exact. */
  exact: (name: string) => string;
  /** An index that is approximate. */
  index: (name: string) => string;
}

/** Every engine; a new one is one entry. */
const TABLE: Readonly<Record<Engine, EngineAbout>> = {
  pgvector: {
    cosine: { name: '<=>', returns: '1-cos' },
    distance: { name: '<->', returns: 'l2' },
    product: { name: '<#>', returns: '-ip' },
    exact: (name) => `SELECT id, embedding ${name} $1 AS value FROM rows ORDER BY value LIMIT 10`,
    index: (name) =>
      `CREATE INDEX ON rows USING hnsw (embedding ${{ '<=>': 'vector_cosine_ops', '<->': 'vector_l2_ops', '<#>': 'vector_ip_ops' }[name]})`,
  },
  qdrant: {
    cosine: { name: 'Cosine', returns: 'cos' },
    distance: { name: 'Euclid', returns: 'l2' },
    product: { name: 'Dot', returns: 'ip' },
    exact: () => 'search with params exact = true',
    index: () => 'HNSW, which a collection has by itself',
  },
  milvus: {
    cosine: { name: 'COSINE', returns: 'cos' },
    distance: { name: 'L2', returns: 'l2^2' },
    product: { name: 'IP', returns: 'ip' },
    exact: (name) => `an index FLAT with metric_type ${name}`,
    index: (name) => `an index HNSW or IVF_FLAT with metric_type ${name}`,
  },
  lancedb: {
    cosine: { name: 'cosine', returns: '1-cos' },
    distance: { name: 'l2', returns: 'l2^2' },
    product: { name: 'dot', returns: '1-ip' },
    exact: (name) => `vectorSearch(query).distanceType('${name}') on a table without an index`,
    index: (name) => `an index IVF_PQ or IVF_HNSW_SQ with distanceType '${name}'`,
  },
  faiss: {
    // Mapped rows of a cosine have length 1.
    cosine: { name: 'METRIC_INNER_PRODUCT', returns: 'cos' },
    distance: { name: 'METRIC_L2', returns: 'l2^2' },
    product: { name: 'METRIC_INNER_PRODUCT', returns: 'ip' },
    exact: (name) => `faiss.IndexFlat(d, faiss.${name})`,
    index: (name) => `faiss.index_factory(d, 'HNSW32', faiss.${name}), or IVF`,
  },
  usearch: {
    cosine: { name: 'cos', returns: '1-cos' },
    distance: { name: 'l2sq', returns: 'l2^2' },
    product: { name: 'ip', returns: '1-ip' },
    exact: (name) => `exactSearch with metric ${name}`,
    index: (name) => `an Index with metric ${name}, which is HNSW`,
  },
};

/** The engines that {@link recipeFor} knows. */
export const ENGINES = Object.keys(TABLE) as readonly Engine[];

/**
 * From a number of the engine to the distance of the model: `scale · value^power + offset`, and for rows with a further
 * column `+ query · ‖x‖²`, x the query vector.
 */
export interface EngineConversion {
  power: number;
  scale: number;
  offset: number;
  /** Factor of the squared length of the query vector; absent where it plays no part. */
  query?: number;
}

/** How to search mapped rows in an engine. */
export interface EngineRecipe {
  engine: Engine;
  /** The engine's name for the measure: an operator, a metric type. */
  measure: string;
  /** The search that is exact. */
  exact: string;
  /** An index that is approximate. */
  index: string;
  /** Which of the engine's numbers come first: the smallest or the largest. */
  nearest: 'smallest' | 'largest';
  /** The vectors to search with: those of `side: 'query'`, or of either side where both are mapped alike. */
  query: 'side query' | 'either side';
  /** The engine's number for two rows, in words. */
  returns: string;
  /** The distance of the model from it, as a formula of `value`. */
  distance: string;
  /** The same as numbers; absent for rows to search with where only stored rows tell the largest length. */
  conversion?: EngineConversion;
}

/** The facts about mapped rows that a recipe depends on. */
export interface MappedAbout {
  metric: PlainMeasure;
  /** True if rows of the two sides are mapped differently. */
  sided: boolean;
  /** Squared length that the further column fills up to; absent without one, `unknown` for rows to search with. */
  radius?: number | 'unknown' | undefined;
}

const WORDS: Readonly<Record<Returned, string>> = {
  cos: 'the cosine',
  '1-cos': '1 minus the cosine',
  l2: 'the Euclidean distance',
  'l2^2': 'the squared Euclidean distance',
  ip: 'the inner product',
  '-ip': 'the inner product, negated',
  '1-ip': '1 minus the inner product',
};

/** The recipe for mapped rows in an engine. */
export function recipeFor(engine: Engine, { metric, sided, radius }: MappedAbout): EngineRecipe {
  const about = TABLE[engine];
  const further = radius !== undefined;
  const plain = further ? 'distance' : kindOf(metric);
  const { name, returns } = about[plain];
  const known = further
    ? radius !== 'unknown' && furtherColumn(returns, radius)
    : conversionOf(metric, returns);
  return {
    engine,
    measure: name,
    exact: about.exact(name),
    index: about.index(name),
    nearest: returns === 'cos' || returns === 'ip' ? 'largest' : 'smallest',
    query: sided || further ? 'side query' : 'either side',
    returns: WORDS[returns],
    distance: known ? spelled(known) : 'as the recipe of stored rows says',
    ...(known && { conversion: known }),
  };
}

function kindOf(metric: PlainMeasure): 'cosine' | 'distance' | 'product' {
  if (metric === 'cosine') return 'cosine';
  return metric === 'inner-product' ? 'product' : 'distance';
}

/** The distance of a model from the number that an engine returns. */
function conversionOf(metric: PlainMeasure, returns: Returned): EngineConversion {
  switch (returns) {
    case 'cos':
      return { power: 1, scale: -1, offset: 1 };
    case 'l2':
      return { power: metric === 'sqeuclidean' ? 2 : 1, scale: 1, offset: 0 };
    case 'l2^2':
      return { power: metric === 'sqeuclidean' ? 1 : 0.5, scale: 1, offset: 0 };
    case 'ip':
      return { power: 1, scale: -1, offset: 0 };
    case '1-ip':
      return { power: 1, scale: 1, offset: -1 };
    default:
      return { power: 1, scale: 1, offset: 0 };
  }
}

/** −⟨x, y⟩ = (‖x − y‖² − ‖x‖² − R²)/2, where a further column makes every stored row as long as R. */
function furtherColumn(returns: Returned, radius: number): EngineConversion {
  return { power: returns === 'l2' ? 2 : 1, scale: 0.5, offset: -radius / 2, query: -0.5 };
}

function spelled({ power, scale, offset, query }: EngineConversion): string {
  const raised = { 1: 'value', 2: 'value²', 0.5: '√value' }[power] as string;
  const scaled = { 1: raised, '-1': `−${raised}` }[String(scale)] ?? `${scale} · ${raised}`;
  const signed = (number: number) => `${number < 0 ? '−' : '+'} ${Math.abs(number)}`;
  return [
    scaled,
    ...(offset === 0 ? [] : [signed(offset)]),
    ...(query === undefined ? [] : [`${signed(query)} · ‖query‖²`]),
  ].join(' ');
}

/** Where cases find what other cases wrote. */

/** The challenge that `synth` makes. */
export const CHALLENGE = 'out/synth/challenge';

/** Embeddings and pairs of that challenge. */
export const TEST = ['-e', `${CHALLENGE}/test_set.npy`, '-p', `${CHALLENGE}/test_pairs.csv`];

/** Embeddings and labels to learn from. */
export const TRAIN = ['-e', `${CHALLENGE}/train_set.npy`, '-l', `${CHALLENGE}/train_labels.csv`];

/** Answers of that challenge. */
export const TRUTH = ['-t', `${CHALLENGE}/solution.csv`];

/** Rows of people that the inputs hold, with pairs of them. */
export const PEOPLE = ['-e', 'in/people.npy', '-p', 'in/pairs.csv'];

/** The model that a case of `fit` wrote. */
export const modelOf = (name: string) => `out/fit/${name}/model.safetensors`;

/** The scores that a case of `score` wrote. */
export const scoresOf = (name: string) => `out/score/${name}/scores.csv`;

/** Every preset of `fit`. */
export const PRESETS = [
  'pca',
  'whiten',
  'wccn',
  'nap',
  'lda',
  'mahalanobis',
  'kissme',
  'xqda',
  'plda',
  'ln-plda',
  'joint-bayesian',
  'htplda',
  'path',
];

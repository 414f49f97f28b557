// Bundles for Node. `PACKAGE=inside` takes the JavaScript of the package in; the addon stays outside always.
const inside = process.env.PACKAGE === 'inside';

module.exports = {
  mode: 'production',
  target: 'node20',
  entry: './program.mjs',
  experiments: { outputModule: true },
  output: { filename: `webpack-${process.env.PACKAGE}.mjs`, path: __dirname, module: true },
  externalsType: 'module',
  externals: inside ? [] : ['hackface-native'],
  externalsPresets: { node: true },
  node: { __filename: 'node-module', __dirname: 'node-module' },
};

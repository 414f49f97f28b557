/** Node's `zlib`, loaded when a packed file is read: most runs read none, and loading it takes 3 ms. */
export const zlib = () => process.getBuiltinModule('node:zlib');

/** Version of this package; a test compares it with package.json, Cargo.toml and the addon. */
export const version = '0.1.0';

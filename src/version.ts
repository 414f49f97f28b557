/** Version of this package; a test holds it against package.json, Cargo.toml and the addon. */
export const version = '0.1.0';

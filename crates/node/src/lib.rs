//! The Node-API face of `hackface-core`: convert in, call, convert out.

//! `bridge.yaml`: read, checked, with positions.

pub mod model;

//! YAML that people write by hand: read with positions, checked against the shape of a Rust type, complained about in the
//! manner of rustc. Serves the mapping files and `bridge.yaml`; it knows neither, and does no I/O.

mod diagnostic;
mod node;
mod read;
mod reporter;
mod shape;

pub use diagnostic::{Diagnostic, MAX_PROBLEMS, Problems, Source};
pub use node::{Entry, Node, NodeValue, Place};
pub use read::{MAX_BYTES, MAX_DEPTH, MAX_NODES, read};
pub use reporter::{Report, Reporter};
pub use shape::{LeafCheck, check_shape};

//! `bridge.yaml`: read and checked completely, with positions; secrets; the files of mappings. Serves all layers and builds
//! none of them.

mod connect;
pub mod file;
pub mod groups;
pub mod load;
pub mod mappings;
pub mod model;
pub mod profile;
pub mod secret;

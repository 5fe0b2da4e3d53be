//! The promises of the program, over real HTTP: a module per promise.

mod adoption;
mod cli;
mod corpus;
mod credentials;
mod entra_validator;
mod house;
mod lifecycle;
mod lost_answers;
mod microsoft_collection;
mod okta_spec;
mod protocol;
mod simulator_iadvize;
mod support;
mod truth;

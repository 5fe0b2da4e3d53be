//! The promises of the program, over real HTTP: a module per promise.

mod adoption;
mod bulk;
mod chaos;
mod cli;
mod configuration;
mod corpus;
mod credentials;
mod entra_validator;
mod groups;
mod house;
mod life_cycles;
mod lifecycle;
mod lost_answers;
mod me;
mod microsoft_collection;
mod named_calls;
mod observability;
mod okta_spec;
mod pace;
mod protocol;
mod rest_vendor;
mod search;
mod sign_in;
mod simulator_iadvize;
mod support;
mod truth;

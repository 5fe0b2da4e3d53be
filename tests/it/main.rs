//! The promises of the program, over real HTTP: a module per promise.

mod adoption;
mod cli;
mod configuration;
mod house;
mod lifecycle;
mod lost_answers;
mod observability;
mod pace;
mod rest_vendor;
mod sign_in;
mod simulator_iadvize;
mod support;
mod truth;

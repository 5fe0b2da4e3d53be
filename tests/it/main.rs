//! The promises of the program, over real HTTP: a module per promise.

mod cli;
mod house;
mod support;

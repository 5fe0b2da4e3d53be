//! The promises of the program, over real HTTP: a module per promise.

mod simulator_iadvize;

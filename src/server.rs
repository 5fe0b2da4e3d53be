//! Builds everything from the configuration, serves, and drains on SIGTERM.

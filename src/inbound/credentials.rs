//! Where inbound tokens come from and how their use is written down: the configuration (re-read when a file changes) and the store (`token new`).

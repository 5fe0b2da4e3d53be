//! Deviations of a made-up vendor, one by one.

//! What the bridge lets an operator see: logs, metrics, health, pending work and the story of a person. And what it never shows.

mod health;
mod logs;
mod metrics;
mod work;

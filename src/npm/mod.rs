//! The JavaScript interface, with the feature `npm`: the package's classes, options read from objects, and the JavaScript
//! files about JavaScript's own values. How a call is sent belongs to `client`.
//!
//! `classes.js` adds to the classes what generated glue lacks.

#![allow(unreachable_pub, missing_debug_implementations)] // Used from JavaScript only.

mod cog;
mod error;
mod files;
mod home;
mod options;
mod queue;
mod replicate;
mod request;
mod results;
mod state;
mod stream;

use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

pub use cog::Cog;
pub use home::ReplicateHome;
pub use replicate::Replicate;
pub use stream::PredictionStream;

/// Smaller than the allocator of the standard library. An app in Rust chooses its own.
#[global_allocator]
static ALLOCATOR: WasmDynamicTalc = new_wasm_dynamic_allocator();

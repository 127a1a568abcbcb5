//! Run text and image models on Replicate from a web page.
//!
//! This crate is the core of the npm package `replicate-wasm`; the README is its manual. An app in Rust uses
//! `app`, which is there on wasm32 alone.
//!
//! # How it is laid out
//!
//! The core does no I/O: effects come out of a state machine ([`run`]), results go in, and every rule is
//! tested natively in virtual time. The browser shell (`web`, wasm32 only) is a loop that does what the
//! state machine says, with the page's `fetch`, timers and `JSON.parse`.

#[cfg(all(target_arch = "wasm32", not(feature = "npm")))]
pub mod app;
pub mod backend;
pub mod delivery;
pub mod error;
pub mod http;
pub mod json;
pub mod model;
pub mod prediction;
pub mod prompt;
pub mod retry;
pub mod run;
pub mod sse;
mod text;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod web;

/// A quarter of the size of the standard library's.
#[cfg(all(target_arch = "wasm32", feature = "npm"))]
#[global_allocator]
static ALLOCATOR: lol_alloc::LockedAllocator<lol_alloc::FreeListAllocator> =
    lol_alloc::LockedAllocator::new(lol_alloc::FreeListAllocator::new());

//! Run text and image models on Replicate from a web page.
//!
//! This crate is the core of the npm package `replicate-wasm`; the README is its manual. An app in Rust uses
//! `client`, which is there on wasm32 alone.
//!
//! # How it is laid out
//!
//! Each room uses only those above it:
//!
//! | room | what belongs there |
//! |---|---|
//! | `protocol` | every rule, without I/O |
//! | `web` | I/O on the platform, on wasm32 |
//! | `client` | the Rust client, on wasm32 |
//! | `npm` | what JavaScript sees, with the feature `npm` |
//! | `relay`, `sandbox` | the server part and Replicate offline, in JavaScript |
//! | `build` | set-up, build and test runner |

#[cfg(target_arch = "wasm32")]
pub mod client;
#[cfg(all(target_arch = "wasm32", feature = "npm"))]
#[doc(hidden)]
pub mod npm;
#[doc(hidden)]
pub mod protocol;
#[cfg(target_arch = "wasm32")]
mod web;

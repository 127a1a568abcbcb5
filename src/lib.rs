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
mod client;
#[cfg(all(target_arch = "wasm32", feature = "npm"))]
#[doc(hidden)]
pub mod npm;
#[doc(hidden)]
pub mod protocol;
// Some of it is there for `npm` alone.
#[cfg(target_arch = "wasm32")]
#[cfg_attr(not(feature = "npm"), allow(dead_code))]
mod web;

#[cfg(target_arch = "wasm32")]
pub use client::{
    Call, CallState, Chunk, Code, Cog, CogBuilder, CogCall, Credentials, Error, Event, Handle, Health, HealthStatus,
    HomeOptions, Image, Makes, Message, Method, Model, Page, Prediction, Replicate, ReplicateBuilder, ReplicateHome,
    Request, RequestLine, Results, Setup, Status, WaitReason, WebhookEvent,
};

//! What the native tests share: a virtual-time driver around a run, servers for it to talk to, and JSON.

// Each test file is a crate of its own and uses a part of this.
#![allow(dead_code, unused_imports)]

mod case;
mod client;
mod driver;
mod event_stream;
mod json;
mod model_server;
mod random;
mod reply;
mod schedule;

pub(crate) use case::StdCase;
pub(crate) use client::{BASE, Client, homepage, options, replicate};
pub(crate) use driver::{Act, Driver, Item, Story, header};
pub(crate) use event_stream::{Meaning, Seen, interpreted, parsed};
pub(crate) use json::Value;
pub(crate) use model_server::{Ids, ModelServer, Plan, Replay, ServerEvent};
pub(crate) use random::Random;
pub(crate) use reply::{Content, Part, Reply, Server};
pub(crate) use schedule::{Leaves, Schedule};

//! What the native tests share: a virtual-time driver around a run, servers for it to talk to, and JSON.

// Each test file is a crate of its own and uses a part of this.
#![allow(dead_code, unused_imports)]

mod case;
mod client;
mod driver;
mod event_stream;
mod fault;
mod json;
mod model_server;
mod plan;
mod random;
mod reply;
mod schedule;
mod scripted;
mod story;
mod time;

pub(crate) use case::StdCase;
pub(crate) use client::{BASE, Client, STREAM, cog, homepage, homepage_at, options, replicate, replicate_at};
pub(crate) use driver::{Act, Driver};
pub(crate) use event_stream::{Meaning, Seen, interpreted, parsed};
pub(crate) use json::Doc;
pub(crate) use model_server::ModelServer;
pub(crate) use plan::{Address, Ids, Plan, Replay, ServerEvent};
pub(crate) use random::Random;
pub(crate) use reply::{Content, Part, Reply, Server, lost, whole};
pub(crate) use schedule::{Leaves, Schedule};
pub(crate) use scripted::{broken, prediction, running, streaming};
pub(crate) use story::{Item, Story, header, is_create, named};
pub(crate) use time::{Ms, ms, to_ms};

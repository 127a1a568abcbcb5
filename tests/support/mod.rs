//! Support for the native tests: a driver in virtual time, servers and JSON.

// Each test file is its own crate and uses only a part of this module.
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

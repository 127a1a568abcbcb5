//! Runs as the clients make them: the one place that knows how a run is built.

use super::driver::Driver;
use super::reply::Server;
use super::story::Story;
use replicate_wasm::protocol::backend::{Backend, Protocol, Wait, homepage};
use replicate_wasm::protocol::delivery::Delivery;
use replicate_wasm::protocol::model::Model;
use replicate_wasm::protocol::retry::Policy;
use replicate_wasm::protocol::run::{Goal, Ms, Options, Run};

/// The base URL of Replicate's API in the tests.
pub(crate) const BASE: &str = "https://api.replicate.com/v1";
/// The address of an event stream, which nobody else may learn.
pub(crate) const STREAM: &str = "https://stream.replicate.com/v1/files/secret";

/// What a run is made of.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) backend: Backend,
    pub(crate) goal: Goal,
    pub(crate) options: Options,
    pub(crate) id: Option<String>,
    pub(crate) delivery: Delivery,
}

/// The defaults of the client's options.
pub(crate) fn options() -> Options {
    let policy = Policy { max_retries: 5, renewable: false, charges: true };
    Options { connect: 30_000, idle: 300_000, total: 1_800_000, policy, cancel_on_leave: true }
}

/// A run of a version on Replicate's API, waited for in the given way.
pub(crate) fn replicate(wait: Wait, goal: Goal) -> Client {
    let mut backend = Backend::new(Protocol::Replicate, BASE.into(), wait);
    backend.version = "7c8f".repeat(16);
    Client { backend, goal, options: options(), id: None, delivery: Delivery::default() }
}

/// A run of the provider, its options as the shell sets them.
pub(crate) fn homepage(model: &str) -> Client {
    let model = Model::find(model).expect("a model of the provider");
    let policy = Policy { max_retries: 0, renewable: false, charges: false };
    let options = Options { connect: 30_000, idle: Ms::MAX, total: Ms::MAX, policy, cancel_on_leave: false };
    let goal = if model.image { Goal::Whole } else { Goal::Text };
    let backend = Backend::homepage(&model, homepage::BASE.into(), homepage::INTERVAL, homepage::ATTEMPTS);
    Client { backend, goal, options, id: None, delivery: Delivery::default() }
}

impl Client {
    /// Asks for a version.
    pub(crate) fn version(mut self, version: &str) -> Self {
        self.backend.version = version.into();
        self
    }

    /// Asks for a model by its name.
    pub(crate) fn model(mut self, name: &str) -> Self {
        self.backend.target = name.into();
        self.version("")
    }

    /// Follows a prediction that was created before.
    pub(crate) fn resume(mut self, id: &str, delivery: Delivery) -> Self {
        self.id = Some(id.to_owned());
        self.delivery = delivery;
        self.version("")
    }

    pub(crate) fn with(mut self, set: impl FnOnce(&mut Options)) -> Self {
        set(&mut self.options);
        self
    }

    pub(crate) fn renewable(self) -> Self {
        self.with(|options| options.policy.renewable = true)
    }

    pub(crate) fn run(self) -> Run {
        Run::new(self.backend, self.goal, self.options, self.id.unwrap_or_default(), self.delivery)
    }

    pub(crate) fn driver<S: Server>(self, server: S) -> Driver<S> {
        let goal = self.goal;
        Driver::new(self.run(), goal, server)
    }

    /// Runs it to its end against a server.
    pub(crate) fn ask(self, server: impl Server) -> Story {
        self.driver(server).go()
    }
}

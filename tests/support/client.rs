//! Builds runs as the clients do.

use super::driver::Driver;
use super::json::Doc;
use super::reply::Server;
use super::story::Story;
use super::time::ms;
use replicate_wasm::protocol::address::API;
use replicate_wasm::protocol::backend::{Backend, Wait, homepage};
use replicate_wasm::protocol::delivery::Delivery;
use replicate_wasm::protocol::model::{Makes, Model, Reference};
use replicate_wasm::protocol::run::{Goal, Options, Run};

/// The base URL of Replicate's API in the tests.
pub(crate) const BASE: &str = API;
/// The URL of the event stream. It is a secret that no error may show.
pub(crate) const STREAM: &str = "https://stream.replicate.com/v1/files/secret";

/// What a run is made of.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) backend: Backend,
    pub(crate) goal: Goal,
    pub(crate) options: Options,
    pub(crate) id: Option<String>,
    pub(crate) delivery: Delivery,
    wait: Wait,
}

/// The client's default options.
pub(crate) fn options() -> Options {
    Options {
        connect: Some(ms(30_000)),
        idle: Some(ms(300_000)),
        total: Some(ms(1_800_000)),
        max_retries: 5,
        renewable: false,
        cancel_on_leave: true,
    }
}

fn client(backend: Backend, goal: Goal, options: Options, wait: Wait) -> Client {
    Client { backend, goal, options, id: None, delivery: Delivery::default(), wait }
}

/// Runs a version on Replicate's API.
pub(crate) fn replicate(wait: Wait, goal: Goal) -> Client {
    replicate_at(BASE, wait, goal)
}

/// Runs a version below another base URL, such as a relay's.
pub(crate) fn replicate_at(base: &str, wait: Wait, goal: Goal) -> Client {
    let version = Reference::Version("7c8f".repeat(16));
    client(Backend::replicate(base.to_owned(), Some(version), wait), goal, options(), wait)
}

/// Runs a model on a Cog server.
pub(crate) fn cog(goal: Goal) -> Client {
    let backend = Backend::cog("http://127.0.0.1:5000".to_owned());
    Client { id: Some("c1".to_owned()), ..client(backend, goal, options(), Wait::Stream) }
}

/// Runs one of the provider's models with the provider's options.
pub(crate) fn homepage(model: &str) -> Client {
    homepage_at(homepage::BASE, model, homepage::INTERVAL, homepage::ATTEMPTS)
}

/// Runs one of the provider's models with another base URL, interval and number of attempts.
pub(crate) fn homepage_at(base: &str, model: &str, interval: std::time::Duration, attempts: u32) -> Client {
    let model = Model::find(model).expect("a model of the provider");
    let options = Options { idle: None, total: None, max_retries: 0, cancel_on_leave: false, ..options() };
    let goal = if model.makes == Makes::Images { Goal::Whole } else { Goal::Text };
    let backend = Backend::homepage(base.to_owned(), model, interval, attempts);
    client(backend, goal, options, Wait::Poll(interval))
}

impl Client {
    /// Runs another version.
    pub(crate) fn version(self, version: &str) -> Self {
        self.backend(Some(Reference::Version(version.to_owned())))
    }

    /// Runs a model by its name.
    pub(crate) fn model(self, name: &str) -> Self {
        self.backend(Some(Reference::Model(name.to_owned())))
    }

    /// Resumes a prediction that was created before.
    pub(crate) fn resume(mut self, id: &str, delivery: Delivery) -> Self {
        self.id = Some(id.to_owned());
        self.delivery = delivery;
        self.backend(None)
    }

    fn backend(mut self, reference: Option<Reference>) -> Self {
        self.backend = Backend::replicate(BASE.to_owned(), reference, self.wait);
        self
    }

    pub(crate) fn with(mut self, set: impl FnOnce(&mut Options)) -> Self {
        set(&mut self.options);
        self
    }

    pub(crate) fn renewable(self) -> Self {
        self.with(|options| options.renewable = true)
    }

    pub(crate) fn run(self) -> Run<Doc> {
        Run::new(self.backend, self.goal, self.options, self.id, self.delivery)
    }

    pub(crate) fn driver<S: Server>(self, server: S) -> Driver<S> {
        let goal = self.goal;
        Driver::new(self.run(), goal, server)
    }

    /// Runs to the end against a server.
    pub(crate) fn ask(self, server: impl Server) -> Story {
        self.driver(server).go()
    }
}

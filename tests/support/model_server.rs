//! A server like Replicate's, in virtual time. It runs one prediction by a plan and misbehaves at random. When a fault makes
//! success impossible, the server records which error codes are excused.

use super::client::{BASE, STREAM};
use super::fault::Route;
use super::plan::{Address, Ids, Plan, Replay, ServerEvent};
use super::random::Random;
use super::reply::{Part, Reply, Server};
use super::story::header;
use super::time::Ms;
use replicate_wasm::protocol::http::Request;
use replicate_wasm::protocol::prediction::Status;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

#[derive(Debug)]
pub(crate) struct ModelServer {
    pub(crate) plan: Plan,
    pub(super) random: Random,
    /// The server's time when the run began.
    clock: Ms,
    created: Option<Ms>,
    /// How many predictions were created.
    pub(crate) creates: usize,
    pub(crate) cancels: usize,
    canceled_at: Option<Ms>,
    connections: usize,
    sent: usize,
    /// Failures in a row, for each route.
    pub(super) failures: [u32; 4],
    /// The error codes that are excused, since success was impossible.
    pub(crate) excuses: BTreeSet<&'static str>,
    /// The stream left out or repeated events in a way that no client can notice.
    pub(crate) garbled: bool,
}

impl Server for ModelServer {
    fn answer(&mut self, now: Ms, request: &Request) -> Reply {
        let now = self.clock + now;
        let after = self.random.below(self.plan.latency as usize + 1) as Ms;
        let path = request.url.strip_prefix(BASE).unwrap_or(&request.url);
        let reply = match (&*request.method, path) {
            ("POST", "/predictions/p1/cancel") => self.cancel(now),
            ("POST", "/predictions" | "/models/acme/verse/predictions") => self.create(now, path),
            ("GET", "/models/acme/verse") => {
                self.fault(Route::LookUp).unwrap_or_else(|| Reply::json(200, json!({"latest_version": {"id": "v1"}})))
            }
            ("GET", "/predictions/p1") => self.get(now),
            ("GET", url) if url.starts_with(STREAM) => self.open(now, request),
            _ => panic!("no such route: {} {}", request.method, request.url),
        };
        if reply.after > 0 { reply } else { reply.after(after) }
    }

    fn connected(&mut self) {
        self.connections += 1;
    }
}

impl ModelServer {
    pub(crate) fn new(plan: Plan, seed: u64) -> Self {
        Self {
            plan,
            random: Random::new(seed),
            clock: 0,
            created: None,
            creates: 0,
            cancels: 0,
            canceled_at: None,
            connections: 0,
            sent: 0,
            failures: [0; 4],
            excuses: BTreeSet::new(),
            garbled: false,
        }
    }

    /// Adds a prediction that was created before.
    pub(crate) fn created(mut self) -> Self {
        self.created = Some(0);
        self
    }

    /// Moves the clock on, for a run that begins later.
    pub(crate) fn later(mut self, ms: Ms) -> Self {
        self.clock += ms;
        self
    }

    /// The whole text of the prediction.
    pub(crate) fn text(&self) -> String {
        self.plan.events.iter().filter(|event| event.name == "output").map(|event| event.data.as_str()).collect()
    }

    /// Whether the prediction still runs at a time.
    pub(crate) fn runs(&self, now: Ms) -> bool {
        self.created.is_some_and(|created| now < created.saturating_add(self.plan.ends_at))
    }

    fn create(&mut self, now: Ms, path: &str) -> Reply {
        if self.plan.community && path != "/predictions" {
            return Reply::json(
                404,
                json!({"title": "Not found", "detail": "The requested resource could not be found."}),
            );
        }
        if let Some(reply) = self.fault(Route::Create) {
            return reply;
        }
        self.accept(now);
        let mut prediction = self.prediction(now);
        if self.plan.address == Address::Late {
            prediction["urls"] = json!({});
        }
        Reply::json(201, prediction)
    }

    pub(super) fn accept(&mut self, now: Ms) {
        self.creates += 1;
        self.created = Some(now);
    }

    fn cancel(&mut self, now: Ms) -> Reply {
        self.cancels += 1;
        self.canceled_at.get_or_insert(now);
        self.fault(Route::Get).unwrap_or_else(|| Reply::json(200, self.prediction(now)))
    }

    fn get(&mut self, now: Ms) -> Reply {
        if let Some(fault) = self.fault(Route::Get) {
            return fault;
        }
        let lag = if self.plan.uneven { self.random.below(self.plan.lag as usize + 1) as Ms } else { self.plan.lag };
        let mut prediction = self.prediction(now.saturating_sub(lag));
        let is_over = prediction["status"].as_str().is_some_and(|status| Status::read(status).is_terminal());
        if !is_over && self.random.percent(self.plan.odd_status) {
            prediction["status"] = json!(self.random.pick(&["queued", "starting", "processing"]));
        }
        if self.plan.streams && self.plan.address == Address::Moving {
            prediction["urls"]["stream"] = json!(format!("{STREAM}?{}", self.random.below(100)));
        }
        Reply::json(200, prediction)
    }

    /// The state of the prediction at a time.
    fn prediction(&self, now: Ms) -> Json {
        let age = now.saturating_sub(self.created.unwrap_or_default());
        let over = age >= self.plan.ends_at;
        let happened = |event: &&ServerEvent| event.name == "output" && event.at <= age;
        let tokens: Vec<_> = self.plan.events.iter().filter(happened).map(|event| event.data.as_str()).collect();
        let status = if over {
            self.plan.end
        } else if self.canceled_at.is_some() {
            Status::Canceled
        } else if self.plan.events.first().is_some_and(|event| event.at <= age) {
            Status::Processing
        } else {
            Status::Starting
        };
        let output = match (self.plan.removed && over, self.plan.listed) {
            (true, _) => Json::Null,
            (_, true) => json!(tokens),
            (_, false) if over => json!(tokens.concat()),
            (_, false) => Json::Null,
        };
        let error = if status == Status::Failed { json!("out of memory") } else { Json::Null };
        let mut prediction = json!({"id": "p1", "status": status.name(), "output": output, "error": error, "urls": {}});
        if self.plan.streams {
            prediction["urls"]["stream"] = json!(STREAM);
        }
        prediction
    }

    fn open(&mut self, now: Ms, request: &Request) -> Reply {
        if self.plan.replay == Replay::Gone && self.connections > 0 {
            return Reply::text(404, "gone");
        }
        if let Some(reply) = self.fault(Route::Open) {
            return reply;
        }
        if self.connections > 0 && self.random.percent(self.plan.faults.1 / 4) {
            return Reply::events("");
        }
        let age = now.saturating_sub(self.created.unwrap_or_default());
        let again = self.connections > 0;
        let last_id = header(request, "last-event-id").map(str::to_owned);
        let from = self.first_event(age, again, last_id.as_deref());
        let mut body = Vec::new();
        for index in from..self.plan.events.len() {
            let ServerEvent { at, name, data } = self.plan.events[index].clone();
            self.write(&mut body, at.saturating_sub(age), name, &data, Some(index));
        }
        let (name, data) = match self.plan.end {
            Status::Succeeded => ("done", "{}"),
            Status::Canceled => ("done", r#"{"reason":"canceled"}"#),
            _ if self.random.percent(50) => ("done", r#"{"reason":"error"}"#),
            _ => ("error", r#"{"detail":"out of memory"}"#),
        };
        self.write(&mut body, self.plan.ends_at.saturating_sub(age), name, data, None);
        if self.plan.chatty {
            self.write(&mut body, self.plan.ends_at.saturating_sub(age), "output", "after the end", None);
            self.write(&mut body, self.plan.ends_at.saturating_sub(age), "error", "after the end", None);
        }
        self.sent = self.sent.max(self.plan.events.iter().filter(|event| event.at <= age).count()).max(from);
        self.finish_body(body)
    }

    /// The index of the first event of a connection.
    fn first_event(&mut self, age: Ms, again: bool, last_id: Option<&str>) -> usize {
        let known = last_id.and_then(|id| (0..self.plan.events.len()).find(|&at| self.id(at).as_deref() == Some(id)));
        let next = known.map_or(0, |at| at + 1);
        // When ids are counted again right after the id of a handle, a new client takes the next events for repeated ones.
        self.garbled |= self.clock > 0 && known.is_some() && self.plan.ids == Ids::Anew;
        match self.plan.replay {
            Replay::Honours => next,
            Replay::Earlier(back) if again => {
                let next = if self.plan.ids == Ids::None { self.sent } else { next };
                let from = next.saturating_sub(back);
                // Only counted ids show which events are repeated.
                self.garbled |= from > 0 && self.plan.ids != Ids::Counted;
                from
            }
            Replay::Live if again => {
                self.garbled = true;
                self.plan.events.iter().filter(|event| event.at <= age).count()
            }
            Replay::Restarts if again => {
                // Without the first event a client cannot recognise a restart by opaque ids.
                self.garbled |= self.clock > 0 && self.plan.ids == Ids::Opaque;
                0
            }
            _ => 0,
        }
    }

    fn id(&self, index: usize) -> Option<String> {
        match self.plan.ids {
            Ids::None => None,
            Ids::Counted => Some(format!("1690212292:{index}")),
            Ids::Anew if index % 7 == 4 => Some(String::new()),
            Ids::Anew => Some(format!("1690212292:{}", index % 7)),
            Ids::Opaque => Some(format!("{:x}", Random::new(index as u64).next())),
        }
    }

    /// Writes an event in one of the forms that mean the same.
    fn write(&mut self, body: &mut Vec<(Ms, Part)>, after: Ms, name: &str, data: &str, index: Option<usize>) {
        let end = self.random.pick(&["\n", "\r\n", "\r"]);
        let space = self.random.pick(&["", " ", " "]);
        let mut lines = vec![format!("event:{space}{name}")];
        lines.extend(index.and_then(|index| self.id(index)).map(|id| format!("id:{space}{id}")));
        // The space after the colon is optional only when the data does not begin with a space.
        let lead = |line: &str| if line.starts_with(' ') { " " } else { space };
        lines.extend(data.split('\n').map(|line| format!("data:{}{line}", lead(line))));
        if self.random.percent(10) {
            lines.insert(
                0,
                self.random
                    .pick(&[
                        ": keep-alive",
                        ":",
                        "retry: 30",
                        "retry: 0",
                        "retry: 45000",
                        "retry: 99999999999999999999",
                        "retry: x",
                        "unknown: x",
                    ])
                    .to_owned(),
            );
        }
        let text: String = lines.into_iter().chain([String::new()]).flat_map(|line| [line, end.to_owned()]).collect();
        let mut at = body.last().map_or(after, |(at, _)| after.max(*at));
        let mut bytes = text.into_bytes();
        while !bytes.is_empty() {
            let cut = if self.random.percent(70) { bytes.len() } else { 1 + self.random.below(bytes.len()) };
            let rest = bytes.split_off(cut);
            body.push((at, Part::Chunk(bytes)));
            at += self.plan.dribble;
            bytes = rest;
        }
    }
}

//! A server like Replicate's, in virtual time: it runs one prediction along a plan, and misbehaves as its
//! dice say. What it did that leaves a client without a chance it writes down as an excuse.

use super::client::BASE;
use super::driver::header;
use super::random::Random;
use super::reply::{Content, Part, Reply, Server};
use replicate_wasm::http::Request;
use replicate_wasm::prediction::Status;
use replicate_wasm::run::Ms;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// The ids of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ids {
    None,
    /// `1690212292:0`, `1690212292:1`, …
    Counted,
    /// Names without an order.
    Opaque,
}

/// What a reconnecting reader gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replay {
    /// All after the `Last-Event-ID`; all from the beginning where there is none.
    Honours,
    /// All from the beginning, whatever was asked.
    Restarts,
    /// From so many events before the first that was not sent yet.
    Earlier(usize),
    /// What happens from now on: what was missed is lost.
    Live,
    /// 404: a stream can be read once.
    Gone,
}

/// An event of the model's life, so long after its creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerEvent {
    pub(crate) at: Ms,
    pub(crate) name: &'static str,
    pub(crate) data: String,
}

/// The life of a prediction, and how it is told.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) events: Vec<ServerEvent>,
    pub(crate) ends_at: Ms,
    pub(crate) end: Status,
    pub(crate) ids: Ids,
    pub(crate) replay: Replay,
    /// `output` is a list of the tokens; else one string.
    pub(crate) listed: bool,
    /// There is an event stream.
    pub(crate) streams: bool,
    /// The model's own route answers 404.
    pub(crate) community: bool,
    /// So far is the API behind the stream.
    pub(crate) lag: Ms,
    /// The output is removed as soon as the prediction is over.
    pub(crate) removed: bool,
    /// Chance of a fault, in percent: of an answer, and of a body.
    pub(crate) faults: (usize, usize),
    /// How many of a request's faults are beyond repair, in percent.
    pub(crate) fatal: usize,
    /// The token may be refused: it can be renewed.
    pub(crate) renewable: bool,
    /// No answer takes longer.
    pub(crate) latency: Ms,
    /// A body comes in small pieces, each so much later.
    pub(crate) dribble: Ms,
}

impl Plan {
    /// A text that comes token by token, one each 100 ms, and nothing goes wrong.
    pub(crate) fn text(tokens: &[&str]) -> Self {
        let event = |(at, data): (usize, &&str)| ServerEvent {
            at: 1_000 + 100 * at as Ms,
            name: "output",
            data: (*data).to_owned(),
        };
        let events: Vec<_> = tokens.iter().enumerate().map(event).collect();
        Self {
            ends_at: 1_000 + 100 * events.len() as Ms,
            events,
            end: Status::Succeeded,
            ids: Ids::Counted,
            replay: Replay::Honours,
            listed: true,
            streams: true,
            community: false,
            lag: 0,
            removed: false,
            faults: (0, 0),
            fatal: 0,
            renewable: false,
            latency: 0,
            dribble: 0,
        }
    }
}

/// The routes, for the count of failures in a row.
#[derive(Debug, Clone, Copy)]
enum Route {
    Create,
    LookUp,
    Get,
    Open,
}

#[derive(Debug)]
pub(crate) struct ModelServer {
    pub(crate) plan: Plan,
    random: Random,
    /// The time at which the run began.
    clock: Ms,
    created: Option<Ms>,
    /// Creates that made a prediction, and those whose answer tells it.
    pub(crate) creates: usize,
    pub(crate) told: usize,
    pub(crate) cancels: usize,
    canceled_at: Option<Ms>,
    connections: usize,
    sent: usize,
    failures: [u32; 4],
    /// Codes that the client may end with, since it was left without a chance.
    pub(crate) excuses: BTreeSet<&'static str>,
    /// Events were left out of a stream, or repeated so that nobody could tell.
    pub(crate) garbled: bool,
}

const STREAM: &str = "https://stream.replicate.com/v1/files/secret";
/// The client's `maxRetries`.
const RETRIES: u32 = 5;

impl Server for ModelServer {
    fn answer(&mut self, now: Ms, request: &Request) -> Reply {
        let now = self.clock + now;
        let after = self.random.below(self.plan.latency as usize + 1) as Ms;
        let path = request.url.strip_prefix(BASE).unwrap_or(&request.url);
        let reply = match (request.method, path) {
            ("POST", "/predictions/p1/cancel") => self.cancel(now),
            ("POST", "/predictions" | "/models/acme/verse/predictions") => self.create(now, path),
            ("GET", "/models/acme/verse") => {
                self.fault(Route::LookUp).unwrap_or_else(|| Reply::json(200, json!({"latest_version": {"id": "v1"}})))
            }
            ("GET", "/predictions/p1") => self.get(now),
            ("GET", STREAM) => self.open(now, request),
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
            told: 0,
            cancels: 0,
            canceled_at: None,
            connections: 0,
            sent: 0,
            failures: [0; 4],
            excuses: BTreeSet::new(),
            garbled: false,
        }
    }

    /// A prediction that was created before.
    pub(crate) fn created(mut self) -> Self {
        self.created = Some(0);
        self
    }

    /// The same server, for a run that begins so much later.
    pub(crate) fn later(mut self, ms: Ms) -> Self {
        self.clock += ms;
        self
    }

    /// The whole text of the prediction.
    pub(crate) fn text(&self) -> String {
        self.plan.events.iter().filter(|event| event.name == "output").map(|event| event.data.as_str()).collect()
    }

    /// Whether the prediction runs at a time.
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
        self.told += 1;
        Reply::json(201, self.prediction(now))
    }

    fn accept(&mut self, now: Ms) {
        self.creates += 1;
        self.created = Some(now);
    }

    fn cancel(&mut self, now: Ms) -> Reply {
        self.cancels += 1;
        self.canceled_at.get_or_insert(now);
        self.fault(Route::Get).unwrap_or_else(|| Reply::json(200, self.prediction(now)))
    }

    fn get(&mut self, now: Ms) -> Reply {
        self.fault(Route::Get).unwrap_or_else(|| Reply::json(200, self.prediction(now.saturating_sub(self.plan.lag))))
    }

    /// The prediction as it is at a time.
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
        self.sent = self.sent.max(self.plan.events.iter().filter(|event| event.at <= age).count()).max(from);
        self.finish_body(body)
    }

    /// Where a connection begins.
    fn first_event(&mut self, age: Ms, again: bool, last_id: Option<&str>) -> usize {
        let known = last_id.and_then(|id| (0..self.plan.events.len()).find(|&at| self.id(at).as_deref() == Some(id)));
        let next = known.map_or(0, |at| at + 1);
        match self.plan.replay {
            Replay::Honours => next,
            Replay::Earlier(back) if again => {
                let next = if self.plan.ids == Ids::None { self.sent } else { next };
                let from = next.saturating_sub(back);
                // Only ids that count tell which events came before.
                self.garbled |= from > 0 && self.plan.ids != Ids::Counted;
                from
            }
            Replay::Live if again => {
                self.garbled = true;
                self.plan.events.iter().filter(|event| event.at <= age).count()
            }
            Replay::Restarts if again => {
                // A client that was not there at the beginning does not know it again by names.
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
            Ids::Opaque => Some(format!("{:x}", Random::new(index as u64).next())),
        }
    }

    /// One event, in one of the many forms that mean the same.
    fn write(&mut self, body: &mut Vec<(Ms, Part)>, after: Ms, name: &str, data: &str, index: Option<usize>) {
        let end = self.random.pick(&["\n", "\r\n", "\r"]);
        let space = self.random.pick(&["", " ", " "]);
        let mut lines = vec![format!("event:{space}{name}")];
        lines.extend(index.and_then(|index| self.id(index)).map(|id| format!("id:{space}{id}")));
        // The space is left out only where the data does not begin with one.
        let lead = |line: &str| if line.starts_with(' ') { " " } else { space };
        lines.extend(data.split('\n').map(|line| format!("data:{}{line}", lead(line))));
        if self.random.percent(10) {
            lines.insert(0, self.random.pick(&[": keep-alive", ":", "retry: 30", "unknown: x"]).to_owned());
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

    /// Ends a body: as it should, or cut at any byte.
    fn finish_body(&mut self, mut body: Vec<(Ms, Part)>) -> Reply {
        if !self.random.percent(self.plan.faults.1) {
            let last = body.last().map_or(0, |(at, _)| *at);
            body.push((last, Part::End));
            return Reply::body(body);
        }
        let size = |(_, part): &(Ms, Part)| if let Part::Chunk(chunk) = part { chunk.len() } else { 0 };
        let mut left = self.random.below(body.iter().map(size).sum::<usize>() + 1);
        let mut at = 0;
        body.retain_mut(|(after, part)| {
            let Part::Chunk(chunk) = part else { return false };
            chunk.truncate(left);
            left -= chunk.len();
            at = if chunk.is_empty() { at } else { *after };
            !chunk.is_empty()
        });
        match self.random.below(100) {
            0..50 => body.push((at, Part::Broken)),
            50..95 => body.push((at + self.random.below(20_000) as Ms, Part::End)),
            // It stays open and silent.
            _ => {
                self.excuses.insert("timeout");
            }
        }
        Reply::body(body)
    }

    /// What goes wrong with a request, if anything does.
    fn fault(&mut self, route: Route) -> Option<Reply> {
        let failures = &mut self.failures[route as usize];
        if !self.random.percent(self.plan.faults.0) {
            *failures = 0;
            return None;
        }
        *failures += 1;
        if self.plan.renewable && *failures == 1 && self.random.percent(30) {
            return Some(Reply::json(401, json!({"detail": "Invalid token"})));
        }
        let worn_out = *failures > RETRIES;
        let fatal = self.random.percent(self.plan.fatal);
        let (reply, code) = match (route, fatal) {
            (Route::Create, false) => self.random.pick(&[
                (Reply::json(429, json!({"detail": "Request was throttled.", "retry_after": 2})), "http"),
                (Reply::text(429, "slow down").retry_after("7"), "http"),
                (Reply::unsent(), "network"),
            ]),
            (Route::Create, true) => self.lost_create(),
            (_, false) => self.random.pick(&[
                (Reply::text(429, "slow down").retry_after("3"), "http"),
                (Reply::text(503, "<h1>Service Unavailable</h1>"), "http"),
                (Reply::json(500, json!({"detail": "Internal server error"})), "http"),
                (Reply::lost().after(700), "network"),
                (Reply::unsent(), "network"),
                (Reply::silence(), "timeout"),
                (Reply::text(200, "too late").after(31_000), "timeout"),
            ]),
            (_, true) => self.random.pick(&[
                (Reply::text(200, "<html>captive portal</html>"), "protocol"),
                (Reply::text(200, r#"{"id": "p1", "status": "succ"#), "protocol"),
                (Reply::json(404, json!({"detail": "Not found"})), "http"),
            ]),
        };
        // Whatever becomes of the stream, polling is left; but a silent server is a time-out.
        let excused = match route {
            Route::Open => worn_out && code == "timeout",
            _ => worn_out || fatal,
        };
        if excused {
            self.excuses.extend([code, "interrupted"]);
        }
        Some(reply)
    }

    /// A create that the server got or did not get, and whose answer says nothing of it.
    fn lost_create(&mut self) -> (Reply, &'static str) {
        if self.random.percent(50) {
            self.accept(0);
        }
        self.random.pick(&[
            (Reply::lost(), "unknown_outcome"),
            (Reply::text(200, "<html>captive portal</html>"), "unknown_outcome"),
            (Reply::text(201, r#"{"id": "p1", "stat"#), "unknown_outcome"),
            (Reply::text(502, "<h1>Bad Gateway</h1>"), "unknown_outcome"),
            (Reply::text(504, "<h1>Gateway Timeout</h1>"), "unknown_outcome"),
            (Reply::silence(), "timeout"),
            (Reply::json(500, json!({"detail": "Internal server error"})), "http"),
            (Reply::json(422, json!({"title": "Invalid version", "status": 422})), "http"),
        ])
    }
}

//! The driver of a run in virtual time: what the browser shell does with timers and `fetch`, done with a
//! number that is the time.
//!
//! It keeps to the shell in all that matters to the run: one request at a time, whose answer is taken even
//! when it comes late; a body that stays open only beside a look; a timer for each wait, which fires once;
//! a reader who pulls.

use super::json::Value;
use super::random::Random;
use super::reply::{Content, Part, Reply, Server};
use replicate_wasm::error::Error;
use replicate_wasm::http::{Answer, Request};
use replicate_wasm::json::Json;
use replicate_wasm::run::{Action, Goal, Ms, Run, Update};
use std::collections::VecDeque;

/// Something that happens to a run from outside, at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// The page became visible or online again.
    Wake,
    /// The reader goes away; the prediction is to be cancelled or not.
    Leave(bool),
    /// The machine sleeps for so long: timers fire late.
    Freeze(Ms),
}

/// One result that the reader got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) at: Ms,
    pub(crate) name: String,
    pub(crate) data: String,
    pub(crate) id: String,
}

/// All that came of a run.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) items: Vec<Item>,
    pub(crate) snapshots: Vec<Value>,
    pub(crate) requests: Vec<(Ms, Request)>,
    pub(crate) error: Option<Error>,
    /// Nothing more would ever happen, and yet it is not over.
    pub(crate) hangs: bool,
    pub(crate) ended_at: Ms,
    /// How often the run was asked what to do.
    pub(crate) steps: usize,
    /// The machine slept.
    pub(crate) slept: bool,
    /// When the reader went away, and whether the prediction was to be cancelled.
    pub(crate) left: Option<(Ms, bool)>,
    pub(crate) run: Run,
}

/// No story has more steps; one that would never ends.
const MOST_STEPS: usize = 200_000;

type Jitter = Box<dyn FnMut() -> f64>;

pub(crate) struct Driver<S> {
    pub(crate) server: S,
    story: Story,
    goal: Goal,
    now: Ms,
    acts: VecDeque<(Ms, Act)>,
    jitter: Jitter,
    /// How long the reader thinks after each result.
    thinks: Box<dyn FnMut() -> Ms>,
    /// The newest answer about the prediction.
    latest: Option<Value>,
    /// The newest request's answer and when it comes.
    pending: Option<(Option<Ms>, Reply)>,
    body: Option<VecDeque<(Ms, Part)>>,
}

/// What happens next, by the time it happens at.
enum Next {
    Answer,
    Part,
    Act,
    Timer,
}

impl<S: Server> Driver<S> {
    pub(crate) fn new(run: Run, goal: Goal, server: S) -> Self {
        let (items, snapshots, requests) = (Vec::new(), Vec::new(), Vec::new());
        let story = Story {
            items,
            snapshots,
            requests,
            error: None,
            hangs: false,
            ended_at: 0,
            steps: 0,
            slept: false,
            left: None,
            run,
        };
        Self {
            server,
            story,
            goal,
            now: 0,
            acts: VecDeque::new(),
            jitter: Box::new(|| 0.0),
            thinks: Box::new(|| 0),
            latest: None,
            pending: None,
            body: None,
        }
    }

    /// Lets something happen at a time.
    pub(crate) fn at(mut self, ms: Ms, act: Act) -> Self {
        self.acts.push_back((ms, act));
        self.acts.make_contiguous().sort_by_key(|(at, _)| *at);
        self
    }

    pub(crate) fn jitter(mut self, jitter: impl FnMut() -> f64 + 'static) -> Self {
        self.jitter = Box::new(jitter);
        self
    }

    pub(crate) fn random(self, mut random: Random) -> Self {
        self.jitter(move || random.unit())
    }

    /// The reader takes so long for each result.
    pub(crate) fn thinks(mut self, thinks: impl FnMut() -> Ms + 'static) -> Self {
        self.thinks = Box::new(thinks);
        self
    }

    pub(crate) fn go(self) -> Story {
        self.finish().0
    }

    /// Runs to the end; the server comes back with what it saw.
    pub(crate) fn finish(mut self) -> (Story, S) {
        self.story.run.handle_demand(0);
        loop {
            let action = self.story.run.poll(self.now);
            if !self.perform(action) {
                break;
            }
            self.story.steps += 1;
            assert!(self.story.steps < MOST_STEPS, "the run does not end: {MOST_STEPS} steps in {} ms", self.now);
        }
        self.story.ended_at = self.now;
        (self.story, self.server)
    }

    /// Whether it goes on.
    fn perform(&mut self, action: Result<Action, Error>) -> bool {
        match action {
            Ok(Action::Emit(update)) => self.emit(update),
            Ok(Action::Send { beside, .. }) => self.send(beside),
            Ok(Action::Read { until }) => {
                assert!(self.body.is_some(), "it reads without a body");
                return self.wait(Some(until), true);
            }
            Ok(Action::Sleep { until }) => return self.wait(Some(until), false),
            Ok(Action::Wait) => return self.wait(self.story.run.deadline(), false),
            Ok(Action::Done) => return false,
            Err(error) => {
                // Nobody is told any more who has gone.
                self.story.error = Some(error).filter(|_| self.story.left.is_none());
                return false;
            }
        }
        true
    }

    fn emit(&mut self, update: Update) {
        assert!(self.story.left.is_none(), "a reader who left gets {update:?}");
        match update {
            Update::Batch => self.unpack(),
            Update::Snapshot => self.story.snapshots.extend(self.latest.clone()),
            Update::Report(report) => self.latest = Value::parse(&report),
            Update::Pieces(pieces) => {
                for piece in pieces {
                    self.item(&piece.name, &piece.data, "");
                }
            }
        }
        let pause = (self.thinks)();
        self.now += pause;
        self.story.run.handle_demand(self.now);
    }

    fn item(&mut self, name: &str, data: &str, id: &str) {
        let [name, data, id] = [name, data, id].map(str::to_owned);
        self.story.items.push(Item { at: self.now, name, data, id });
    }

    fn unpack(&mut self) {
        let delivery = &mut self.story.run.delivery;
        let batch = String::from_utf8_lossy(delivery.batch().unwrap_or_default()).into_owned();
        let count = delivery.count();
        delivery.clear();
        let parts: Vec<&str> = batch.split('\r').collect();
        if self.goal == Goal::Events {
            assert_eq!(parts.len(), 3 * count, "three parts an event");
            for part in parts.chunks(3) {
                self.item(part[0], part[2], part[1]);
            }
        } else {
            assert_eq!(parts.len(), count, "one part an event");
            for part in parts {
                self.item("output", part, "");
            }
        }
    }

    fn send(&mut self, beside: bool) {
        let request = self.story.run.request().clone();
        if !beside {
            self.body = None;
        }
        let reply = self.server.answer(self.now, &request);
        let arrives = (!matches!(reply.content, Content::Silence)).then(|| self.now.saturating_add(reply.after));
        self.story.requests.push((self.now, request));
        self.pending = Some((arrives, reply));
    }

    /// Waits for whatever comes first; `false` when nothing ever would.
    fn wait(&mut self, until: Option<Ms>, reading: bool) -> bool {
        let answer = self.pending.as_ref().and_then(|(arrives, _)| *arrives);
        let part = self.body.as_ref().filter(|_| reading).and_then(|body| body.front()).map(|(at, _)| *at);
        let act = self.acts.front().map(|(at, _)| *at);
        let all = [(answer, Next::Answer), (part, Next::Part), (act, Next::Act), (until, Next::Timer)];
        let known = all.into_iter().filter_map(|(at, next)| Some((at?.max(self.now), next)));
        let Some((at, next)) = known.min_by_key(|(at, _)| *at) else {
            self.story.hangs = true;
            return false;
        };
        self.now = at;
        match next {
            Next::Answer => self.answer(),
            Next::Part => self.part(),
            Next::Timer => {
                let jitter = (self.jitter)();
                self.story.run.handle_timeout::<Value>(self.now, jitter);
            }
            Next::Act => return self.act(),
        }
        true
    }

    fn answer(&mut self) {
        let Some((_, Reply { head, content, .. })) = self.pending.take() else { return };
        let answer = match content {
            Content::Text(text) => Answer::<Value>::read(head, text),
            Content::Events(parts) => {
                self.server.connected();
                self.body = Some(parts.into_iter().map(|(after, part)| (self.now + after, part)).collect());
                Answer::Stream(head)
            }
            Content::Lost { unsent } => Answer::Lost { unsent, detail: "connection reset".into() },
            Content::Silence => return,
        };
        if let Some(prediction) = answer.prediction() {
            self.latest = Some(prediction.clone());
        }
        self.story.run.handle_answer::<Value>(self.now, answer, (self.jitter)());
    }

    fn part(&mut self) {
        let part = self.body.as_mut().and_then(VecDeque::pop_front);
        let (now, jitter, run) = (self.now, (self.jitter)(), &mut self.story.run);
        match part.map(|(_, part)| part) {
            Some(Part::Chunk(chunk)) => {
                run.reserve(chunk.len()).copy_from_slice(&chunk);
                run.handle_chunk::<Value>(now, jitter);
            }
            Some(Part::End) => run.handle_end::<Value>(now, jitter),
            Some(Part::Broken) | None => run.handle_failure(now, "connection reset", jitter),
        }
    }

    fn act(&mut self) -> bool {
        let Some((_, act)) = self.acts.pop_front() else { return true };
        match act {
            Act::Wake => self.story.run.handle_wake(self.now),
            Act::Freeze(ms) => {
                self.now += ms;
                self.story.slept = true;
                let jitter = (self.jitter)();
                self.story.run.handle_timeout::<Value>(self.now, jitter);
            }
            Act::Leave(cancel) => {
                self.story.left = Some((self.now, cancel));
                self.story.run.leave(cancel);
                let action = self.story.run.poll(self.now);
                if !matches!(action, Ok(Action::Wait)) {
                    self.pending = None;
                }
                self.body = None;
                return self.perform(action);
            }
        }
        true
    }
}

impl Story {
    /// The text of the output events.
    pub(crate) fn text(&self) -> String {
        self.items.iter().filter(|item| item.name == "output").map(|item| item.data.as_str()).collect()
    }

    /// The data of all results.
    pub(crate) fn data(&self) -> Vec<&str> {
        self.items.iter().map(|item| item.data.as_str()).collect()
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.items.iter().map(|item| item.name.as_str()).collect()
    }

    /// The code it ended with; "" after a success.
    pub(crate) fn code(&self) -> &'static str {
        self.error.as_ref().map_or("", Error::code)
    }

    pub(crate) fn message(&self) -> String {
        self.error.as_ref().map(Error::message).unwrap_or_default()
    }

    /// Times and lines of the requests: `0 POST https://…`.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.requests.iter().map(|(at, request)| format!("{at} {} {}", request.method, request.url)).collect()
    }

    /// How many requests have that method and an address that ends so.
    pub(crate) fn count(&self, method: &str, end: &str) -> usize {
        self.requests.iter().filter(|(_, request)| request.method == method && request.url.ends_with(end)).count()
    }
}

/// The value of a request's header.
pub(crate) fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
}

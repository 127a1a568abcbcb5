//! The driver of a run in virtual time: what the browser shell does with timers and `fetch`, done with a
//! number that is the time.
//!
//! It keeps to the shell in all that matters to the run: one request at a time, whose answer is taken even
//! when it comes late; a body that stays open only beside a look; a timer for each wait, which fires once;
//! a reader who pulls.

use super::json::Doc;
use super::random::Random;
use super::reply::{Content, Part, Reply, Server};
use super::story::{Item, Story};
use replicate_wasm::protocol::http::flag;
use replicate_wasm::protocol::run::{Action, Goal, Ms, Run};
use serde_json::Value;
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
        Self {
            server,
            story: Story::new(run),
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
    fn perform(&mut self, action: Action) -> bool {
        match action {
            Action::Send => self.send(),
            Action::Read => {
                assert!(self.body.is_some(), "it reads without a body");
                return self.wait(self.story.run.deadline(), true);
            }
            Action::Wait => return self.wait(self.story.run.deadline(), false),
            Action::Done => return false,
            Action::Fail => {
                // Nobody is told any more who has gone.
                self.story.error = self.story.run.take_error().filter(|_| self.story.left.is_none());
                return false;
            }
            update => self.emit(update),
        }
        true
    }

    fn emit(&mut self, update: Action) {
        assert!(self.story.left.is_none(), "a reader who left gets {update:?}");
        match update {
            Action::Batch => self.unpack(),
            Action::Snapshot => self.story.snapshots.extend(self.latest.clone()),
            _ => {
                for piece in std::mem::take(&mut self.story.run.pieces) {
                    let [name, data] = [&piece.name, &piece.data].map(|bytes| String::from_utf8_lossy(bytes));
                    self.item(&name, &data, "");
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

    fn send(&mut self) {
        let request = self.story.run.request().clone();
        if !request.has(flag::BESIDE) {
            self.body = None;
        }
        let reply = self.server.answer(self.now, &request);
        let arrives = (!matches!(reply.content, Content::Silence)).then(|| self.now.saturating_add(reply.after));
        let (model, version) = self.story.run.named();
        self.story.named.push((model.to_owned(), version.to_owned()));
        self.story.requests.push((self.now, request));
        self.pending = Some((arrives, reply));
    }

    /// Waits for whatever comes first; `false` when nothing ever would.
    fn wait(&mut self, until: Ms, reading: bool) -> bool {
        let answer = self.pending.as_ref().and_then(|(arrives, _)| *arrives);
        let part = self.body.as_ref().filter(|_| reading).and_then(|body| body.front()).map(|(at, _)| *at);
        let act = self.acts.front().map(|(at, _)| *at);
        let all = [(answer, Next::Answer), (part, Next::Part), (act, Next::Act), (Some(until), Next::Timer)];
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
                self.story.run.handle_timeout(self.now, &Doc::default(), jitter);
            }
            Next::Act => return self.act(until),
        }
        true
    }

    fn answer(&mut self) {
        let Some((_, Reply { head, content, .. })) = self.pending.take() else { return };
        let answer = match content {
            Content::Text(text) => Doc::read(&head, &text),
            Content::Events(parts) => {
                self.server.connected();
                self.body = Some(parts.into_iter().map(|(after, part)| (self.now + after, part)).collect());
                Doc::body(&head)
            }
            Content::Lost { unsent } => Doc::lost(unsent),
            Content::Silence => return,
        };
        self.story.run.handle_answer(self.now, &answer, (self.jitter)());
        self.keep(&answer);
    }

    fn keep(&mut self, doc: &Doc) {
        self.latest = doc.kept().or(self.latest.take());
    }

    fn part(&mut self) {
        let part = self.body.as_mut().and_then(VecDeque::pop_front);
        let (now, jitter, run, doc) = (self.now, (self.jitter)(), &mut self.story.run, Doc::default());
        match part.map(|(_, part)| part) {
            Some(Part::Chunk(chunk)) => {
                run.handle_chunk(now, chunk, &doc);
            }
            Some(Part::End) => run.handle_end(now, &doc, jitter),
            Some(Part::Broken) | None => run.handle_failure(now, "connection reset", jitter),
        }
        self.keep(&doc);
    }

    fn act(&mut self, until: Ms) -> bool {
        let Some((_, act)) = self.acts.pop_front() else { return true };
        match act {
            Act::Wake => self.story.run.handle_wake(self.now),
            Act::Freeze(ms) => {
                self.now += ms;
                let late = self.now.checked_sub(until);
                self.story.overslept |= late.is_some_and(|late| late < 10_000);
                let jitter = (self.jitter)();
                self.story.run.handle_timeout(self.now, &Doc::default(), jitter);
            }
            Act::Leave(cancel) => {
                self.story.left = Some((self.now, cancel));
                self.story.run.leave(cancel);
                let action = self.story.run.poll(self.now);
                if !matches!(action, Action::Wait) {
                    self.pending = None;
                }
                self.body = None;
                return self.perform(action);
            }
        }
        true
    }
}

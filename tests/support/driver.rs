//! Drives a run in virtual time.
//!
//! It behaves like the driver in `src/web`: one request at a time, with late answers still handed in; a body that stays open
//! during a request beside it only; one timer for each wait, which fires once; a reader who pulls.

use super::json::Doc;
use super::random::Random;
use super::reply::{Content, Part, Reply, Server};
use super::story::{Item, Story};
use super::time::Ms;
use super::time::{ms, to_ms};
use replicate_wasm::protocol::http::Request;
use replicate_wasm::protocol::run::{Action, Goal, Piece, Run};
use std::collections::VecDeque;

/// An outside event at a time that the test sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// The page became visible or online again.
    Wake,
    /// The reader leaves, with or without cancelling the prediction.
    Leave(bool),
    /// The machine sleeps for this time, so timers fire late.
    Freeze(Ms),
}

/// A run with more steps fails the test, since it would probably never end.
const MAX_STEPS: usize = 200_000;

type Jitter = Box<dyn FnMut() -> f64>;

pub(crate) struct Driver<S> {
    pub(crate) server: S,
    story: Story,
    goal: Goal,
    now: Ms,
    acts: VecDeque<(Ms, Act)>,
    jitter: Jitter,
    /// The time that the reader takes after each result.
    thinks: Box<dyn FnMut() -> Ms>,
    /// The reply to the newest request, and when it arrives; `None` for never.
    pending: Option<(Option<Ms>, Reply)>,
    body: Option<VecDeque<(Ms, Part)>>,
}

/// What may end a wait.
enum Next {
    Answer,
    Part,
    Act,
    Timer,
}

impl<S: Server> Driver<S> {
    pub(crate) fn new(run: Run<Doc>, goal: Goal, server: S) -> Self {
        Self {
            server,
            story: Story::new(run),
            goal,
            now: 0,
            acts: VecDeque::new(),
            jitter: Box::new(|| 0.0),
            thinks: Box::new(|| 0),
            pending: None,
            body: None,
        }
    }

    /// Schedules an outside event.
    pub(crate) fn at(mut self, at: Ms, act: Act) -> Self {
        self.acts.push_back((at, act));
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

    /// Sets the time that the reader takes after each result.
    pub(crate) fn thinks(mut self, thinks: impl FnMut() -> Ms + 'static) -> Self {
        self.thinks = Box::new(thinks);
        self
    }

    pub(crate) fn go(self) -> Story {
        self.finish().0
    }

    /// Runs to the end, and returns the server for inspection.
    pub(crate) fn finish(mut self) -> (Story, S) {
        self.story.run.handle_demand(ms(0));
        loop {
            let (action, states) = (self.story.run.poll(ms(self.now)), self.story.states.len());
            if !self.perform(action) {
                break;
            }
            self.story.steps += usize::from(self.story.states.len() == states);
            assert!(self.story.steps < MAX_STEPS, "the run does not end: {MAX_STEPS} steps in {} ms", self.now);
        }
        self.story.ended_at = self.now;
        (self.story, self.server)
    }

    /// Performs an action. Returns `false` when the run has ended.
    fn perform(&mut self, action: Action<Doc>) -> bool {
        match action {
            Action::Send(request) => self.send(std::rc::Rc::unwrap_or_clone(request)),
            Action::Read => {
                assert!(self.body.is_some(), "the run reads without a body");
                return self.wait(true);
            }
            Action::Wait => return self.wait(false),
            Action::Done => return false,
            Action::Fail(error) => {
                assert!(self.story.left.is_none(), "a reader who left gets {error}");
                self.story.error = Some(error);
                self.story.failed_at = self.now;
            }
            Action::State(state) => {
                self.story.states.push((*state).clone());
            }
            update => self.emit(update),
        }
        true
    }

    fn emit(&mut self, update: Action<Doc>) {
        assert!(self.story.left.is_none(), "a reader who left gets {update:?}");
        match update {
            Action::Batch => self.unpack(),
            Action::Snapshot(Doc(prediction)) => self.story.snapshots.push(prediction),
            Action::Pieces(pieces) => {
                for Piece { name, data } in pieces {
                    self.item(&name, &data, "");
                }
            }
            action => panic!("{action:?} is no result"),
        }
        let pause = (self.thinks)();
        self.now += pause;
        self.story.run.handle_demand(ms(self.now));
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
            assert_eq!(parts.len(), 3 * count, "three parts for each event");
            for part in parts.chunks(3) {
                self.item(part[0], part[2], part[1]);
            }
        } else {
            assert_eq!(parts.len(), count, "one part for each event");
            for part in parts {
                self.item("output", part, "");
            }
        }
    }

    fn send(&mut self, request: Request) {
        if !request.beside_stream {
            self.body = None;
        }
        let reply = self.server.answer(self.now, &request);
        let arrives = (!matches!(reply.content, Content::Silence)).then(|| self.now.saturating_add(reply.after));
        self.story.requests.push((self.now, request));
        self.pending = Some((arrives, reply));
    }

    /// Moves the time to what comes first. Returns `false` when nothing would ever come.
    fn wait(&mut self, reading: bool) -> bool {
        let until = self.story.run.deadline().map(to_ms);
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
                self.story.run.handle_timeout(ms(self.now), jitter);
            }
            Next::Act => return self.act(until),
        }
        true
    }

    fn answer(&mut self) {
        let Some((_, reply)) = self.pending.take() else { return };
        let Some(answer) = reply.answer() else { return };
        if let Content::Events(parts) = reply.content {
            self.server.connected();
            self.body = Some(parts.into_iter().map(|(after, part)| (self.now + after, part)).collect());
        }
        self.story.run.handle_answer(ms(self.now), answer, (self.jitter)());
    }

    fn part(&mut self) {
        let part = self.body.as_mut().and_then(VecDeque::pop_front);
        let (now, jitter, run) = (ms(self.now), (self.jitter)(), &mut self.story.run);
        match part.map(|(_, part)| part) {
            Some(Part::Chunk(chunk)) => run.handle_chunk(now, chunk),
            Some(Part::End) => run.handle_end(now, jitter),
            Some(Part::Broken) | None => run.handle_failure(now, "connection reset", jitter),
        }
    }

    fn act(&mut self, until: Option<Ms>) -> bool {
        let Some((_, act)) = self.acts.pop_front() else { return true };
        match act {
            Act::Wake => self.story.run.handle_wake(ms(self.now)),
            Act::Freeze(asleep) => {
                self.now += asleep;
                let late = until.and_then(|until| self.now.checked_sub(until));
                self.story.overslept |= late.is_some_and(|late| late < 10_000);
                let jitter = (self.jitter)();
                self.story.run.handle_timeout(ms(self.now), jitter);
            }
            Act::Leave(cancel) => {
                // A reader who got an error does not leave: the stream has ended.
                if self.story.error.is_none() {
                    self.story.left = Some((self.now, cancel));
                }
                self.story.run.leave(cancel);
                let action = self.story.run.poll(ms(self.now));
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

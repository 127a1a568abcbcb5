//! The loop around a [`Run`]: it does what the run says and tells it what came of it.
//!
//! It pulls: nothing happens unless somebody waits for a result. All that happens on the host's side comes in by
//! one function, [`Driver::work`], and what goes out goes to the [`Host`].

#![allow(unreachable_pub)] // Reached from JavaScript.

use super::host::Host;
use super::timer::Timer;
use crate::protocol::json::Document;
use crate::protocol::run::{Action, Ms, Run};
use wasm_bindgen::prelude::*;

/// What has happened: the same numbers stand in `platform.js`.
mod happened {
    /// Somebody asks for a result.
    pub(super) const DEMAND: u32 = 1;
    /// A request was answered.
    pub(super) const ANSWER: u32 = 2;
    /// The page became visible or online again.
    pub(super) const PAGE: u32 = 3;
    /// The reader went away.
    pub(super) const LEAVE: u32 = 4;
    /// The prediction is to be stopped.
    pub(super) const CANCEL: u32 = 5;
    /// The user's own function failed.
    pub(super) const THROWN: u32 = 6;
    /// The timer has fired.
    pub(super) const TIMEOUT: u32 = 7;
    /// Somebody asks where the stream is.
    pub(super) const PLACE: u32 = 8;
}

/// What a read brought, when that is no number of bytes: the same numbers stand in `platform.js`.
mod brought {
    pub(super) const NOTHING: i32 = -1;
    pub(super) const END: i32 = -2;
}

/// A stream: the run, and all that the host does for it.
#[wasm_bindgen(skip_typescript)]
#[derive(Debug)]
pub struct Driver {
    run: Run,
    host: Host,
    timer: Timer,
    /// Time since the first request, which is all that the run knows of time.
    now: Ms,
    /// A random number from 0 to 1.
    jitter: f64,
    /// Somebody has asked for a result: before that, nothing was sent.
    began: bool,
    /// Somebody waits for a result.
    wanted: bool,
    /// It is over: nothing more is handed out.
    closed: bool,
    /// The reader has gone, but the server is still to be told.
    leaving: bool,
}

impl Driver {
    pub(crate) fn around(run: Run, host: Host) -> Self {
        Self {
            run,
            host,
            timer: Timer::default(),
            now: 0,
            jitter: 0.0,
            began: false,
            wanted: false,
            closed: false,
            leaving: false,
        }
    }
}

#[wasm_bindgen]
impl Driver {
    /// Takes up what has happened, `now` being milliseconds since the first request and `jitter` a random number
    /// from 0 to 1, and does what there is to do until it has to wait.
    #[wasm_bindgen(skip_typescript)]
    pub fn work(&mut self, what: u32, now: Ms, jitter: f64) {
        (self.now, self.jitter) = (now, jitter);
        match what {
            happened::DEMAND => {
                self.began = true;
                self.wanted = true;
                self.run.handle_demand(now);
            }
            happened::ANSWER => self.run.handle_answer(now, &self.host, jitter),
            happened::PAGE => self.run.handle_wake(now),
            happened::LEAVE => self.leave(self.run.cancels_on_leave()),
            happened::CANCEL => self.leave(true),
            // There is nothing to send with, not even a cancel.
            happened::THROWN => {
                self.run.leave(false);
                self.close();
            }
            happened::TIMEOUT => {
                self.timer.fires = 0;
                self.run.handle_timeout(now, &self.host, jitter);
            }
            happened::PLACE => self.tell_place(),
            _ => {}
        }
        while (self.wanted || self.leaving) && self.step() {}
        if self.run.is_over() {
            // Results may be left that nobody has asked for: no timer may keep a program alive for them.
            self.timer = Timer::default();
        }
    }
}

impl Driver {
    /// Does what the run says; false when that is to wait.
    fn step(&mut self) -> bool {
        match self.run.poll(self.now) {
            Action::Send => self.send(),
            Action::Read => return self.read(),
            Action::Wait => return self.arm(true),
            Action::Batch => {
                self.wanted = self.host.batch(self.run.delivery.batch().unwrap_or_default());
                self.run.delivery.clear();
            }
            Action::Pieces | Action::Snapshot => {
                let last_id = &self.run.delivery.last_id;
                for piece in &self.run.pieces {
                    self.host.piece(&piece.name, &piece.data, last_id);
                }
                self.run.pieces.clear();
                self.wanted = self.host.pieces();
            }
            Action::Done => self.close(),
            Action::Fail => self.fail(),
        }
        true
    }

    fn fail(&mut self) {
        self.tell_place();
        if let Some(error) = self.run.take_error() {
            self.host.fail(
                error.code.name(),
                &error.message,
                &error.detail,
                error.status,
                error.retry_after_ms.map_or(-1.0, f64::from),
                &error.request,
            );
        }
        self.close();
    }

    fn tell_place(&self) {
        let delivery = &self.run.delivery;
        self.host.place(&delivery.last_id, delivery.partial(), delivery.bytes as f64);
    }

    fn send(&self) {
        let request = self.run.request();
        let (model, version) = self.run.named();
        self.host.send(&request.method, &request.url, &request.headers, request.flags, model, version);
    }

    fn read(&mut self) -> bool {
        let what = self.host.read();
        let (now, jitter) = (self.now, self.jitter);
        match what {
            brought::NOTHING => return self.arm(false),
            brought::END => self.run.handle_end(now, &self.host, jitter),
            0.. => self.run.handle_chunk(now, self.host.chunk(), &self.host),
            _ => {
                let why = self.host.text("detail");
                self.run.handle_failure(now, &why, jitter);
            }
        }
        true
    }

    /// Sees to it that the run is asked again in time; until then there is nothing to do. A timer that is there
    /// already and fires earlier is kept: the many short waits of a stream then cost no timer each.
    fn arm(&mut self, exact: bool) -> bool {
        let until = self.run.deadline();
        let fires = self.timer.fires;
        if fires != until && (exact || fires == 0 || fires > until) {
            // One that fires too early is set anew.
            self.timer.set(&self.host, until, until.saturating_sub(self.now));
        }
        false
    }

    /// The reader goes away: everyone who waits is told at once.
    fn leave(&mut self, cancel: bool) {
        if self.closed {
            return;
        }
        self.run.leave(cancel && self.began);
        match self.run.poll(self.now) {
            // The create goes on by itself, with its time limit.
            Action::Wait => {
                self.leaving = true;
                self.end();
            }
            // The cancel: it takes the place of what is under way.
            Action::Send => {
                self.leaving = true;
                self.end();
                self.send();
            }
            _ => self.close(),
        }
    }

    /// Nothing more is handed out.
    fn end(&mut self) {
        self.closed = true;
        self.wanted = false;
        // Whoever is told may ask where the stream is.
        self.tell_place();
        self.host.end();
    }

    /// Nothing more is sent either.
    fn close(&mut self) {
        self.end();
        self.leaving = false;
        self.timer = Timer::default();
        self.host.close();
    }
}

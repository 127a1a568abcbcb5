//! Performs the actions of a run: requests, reads, timers, and the delivery of results.

use super::{Driver, Event, jitter};
use crate::protocol::http::Request;
use crate::protocol::run::Action;
use crate::web::Failure;
use crate::web::body::{Body, Outcome};
use crate::web::guard::Abort;
use crate::web::js::spawn;
use crate::web::timer::Timer;
use std::rc::Rc;
use std::time::Duration;

impl Driver {
    /// Performs the next action. Returns false when it must wait.
    pub(super) fn step(self: &Rc<Self>, now: Duration) -> bool {
        let action = self.run_mut().poll(now);
        match action {
            Action::Send(request) => self.send(request),
            Action::Read => return self.read(now),
            Action::Wait => return self.arm(now, true),
            Action::Batch => {
                {
                    let run = self.run();
                    self.parts.face.batch(run.delivery.batch().unwrap_or_default(), run.delivery.count());
                }
                self.run_mut().delivery.clear();
            }
            Action::Pieces(pieces) => self.parts.face.pieces(&pieces, &self.run().delivery.last_id),
            Action::Snapshot(snapshot) => self.parts.face.snapshot(&snapshot),
            Action::State(state) => {
                if let Some(observer) = &self.parts.observer {
                    observer(&state);
                }
            }
            Action::Fail(error) => {
                let (cause, response) = (self.cause.take(), self.response.take());
                self.parts.face.fail(Failure::Error { error, cause, response });
                // A cancel may follow.
                self.end();
            }
            Action::Done => self.close(),
        }
        true
    }

    /// Sends a request in place of the previous one, whose answer is ignored from now on.
    fn send(self: &Rc<Self>, request: Rc<Request>) {
        if !request.beside_stream {
            self.body.take();
        }
        let number = self.sent.get() + 1;
        self.sent.set(number);
        let abort = Abort::new();
        let signal = abort.as_ref().and_then(Abort::signal);
        self.request.replace(abort);
        let driver = Rc::clone(self);
        let uploading = Rc::downgrade(self);
        let uploads = Rc::new(move |under_way: bool| {
            if let Some(driver) = uploading.upgrade() {
                driver.happen(Event::Uploads(number, under_way));
            }
        });
        // In its own task, since functions of the caller run here and may call back.
        spawn(async move {
            let sending = Rc::clone(&driver.parts.transport).send(request, signal, uploads);
            driver.happen(match sending.await {
                Ok(reply) => Event::Answered(number, reply),
                Err(failure) => Event::Unsendable(number, Box::new(failure)),
            });
        });
    }

    fn read(self: &Rc<Self>, now: Duration) -> bool {
        let outcome = self.body.borrow().as_ref().map(Body::take);
        let mut run = self.run_mut();
        match outcome {
            Some(Some(Outcome::Chunk(bytes))) => run.handle_chunk(now, bytes),
            Some(Some(Outcome::End)) => run.handle_end(now, jitter()),
            Some(Some(Outcome::Broken(why))) => run.handle_failure(now, &why, jitter()),
            Some(None) => {
                drop(run);
                return self.arm(now, false);
            }
            None => run.handle_failure(now, "The body is gone", jitter()),
        }
        true
    }

    /// Sets the timer for the run's deadline. A timer that fires earlier is kept unless the time must be `exact`, so that the
    /// many short waits of a stream do not each set a timer.
    fn arm(self: &Rc<Self>, now: Duration, exact: bool) -> bool {
        let until = self.run().deadline();
        let fires = self.timer.borrow().as_ref().map(|timer| timer.at);
        let Some(until) = until else {
            self.timer.take();
            return false;
        };
        if fires.is_none_or(|fires| fires != until && (exact || fires > until)) {
            let driver = Rc::clone(self);
            let timer = Timer::new(until, until.saturating_sub(now), move || driver.happen(Event::Timeout));
            self.timer.replace(Some(timer));
        }
        false
    }
}

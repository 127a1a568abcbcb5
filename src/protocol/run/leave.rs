//! A reader who goes away: what is still sent, and for whom.

use super::{Phase, Run};
use crate::protocol::backend::Step;
use crate::protocol::json::Json;
use crate::protocol::prediction::Status;

impl<J: Json> Run<J> {
    /// The reader has gone. Whatever is under way is to be dropped, unless [`poll`](Self::poll) answers
    /// [`Action::Wait`](super::Action::Wait): the create is then let finish, so that what it started can be stopped.
    pub fn leave(&mut self, cancel: bool) {
        if std::mem::replace(&mut self.left, true) {
            return;
        }
        self.pieces.clear();
        self.untold.clear();
        self.is_fresh = false;
        self.delivery.clear();
        let cancel = cancel && self.backend.can_cancel() && !self.status.is_some_and(Status::is_terminal);
        let is_over = match self.phase {
            Phase::Over | Phase::Failed(_) => true,
            // Nothing was sent.
            Phase::Due => self.step == Step::Open && self.looks == 0 && self.backend.is_cog(),
            _ => self.uploads,
        };
        if is_over || !cancel {
            self.phase = Phase::Over;
        } else if self.id.is_some() {
            self.next(Step::Cancel);
        } else if !(self.step == Step::Create && matches!(self.phase, Phase::Sent { .. })) {
            self.phase = Phase::Over;
        }
    }
}

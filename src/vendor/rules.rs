//! What a call under way asks the mapping: how a request looks and what an answer means. A seam, so that the pipeline
//! can be tested without a mapping file.

use crate::mapping::bound::judge::follow::{Question, Wait};
use crate::mapping::bound::{Bound, CallName, RenderError, Scope};
use crate::mapping::wire::{HttpAnswer, HttpRequest, Verdict};

/// The mapping as the pipeline sees it.
pub(super) trait Rules: Send + Sync + std::fmt::Debug + 'static {
    /// The vendor's name as people write it.
    fn title(&self) -> &str;
    /// Builds a call.
    ///
    /// # Errors
    /// When a value does not fit its place.
    fn request(&self, call: &CallName, scope: &Scope) -> Result<HttpRequest, RenderError>;
    /// May the same call be sent again when its answer was lost?
    fn is_repeatable(&self, call: &CallName) -> bool;
    /// Does the mapping say that a success of this call may hold anything?
    fn takes_anything(&self, _call: &CallName) -> bool {
        false
    }
    /// Can the call change nothing at the vendor, whatever it is sent with?
    fn only_reads(&self, _call: &CallName) -> bool {
        false
    }
    /// What an answer means.
    fn judge(&self, call: &CallName, request: &HttpRequest, answer: &HttpAnswer) -> Verdict;
    /// The question that decides between two meanings, when the rule of the verdict asks one.
    fn question(&self, _call: &CallName, _verdict: &Verdict, _status: u16) -> Option<Question> {
        None
    }
    /// How long to wait, when the rule of the verdict says where the answer has it.
    fn wait(&self, _call: &CallName, _verdict: &Verdict, _answer: &HttpAnswer) -> Option<Wait> {
        None
    }
    /// Does the answer to a call that was asked show what it asks for?
    fn finds(&self, _call: &CallName, _answer: &HttpAnswer) -> bool {
        true
    }
}

impl Rules for Bound {
    fn title(&self) -> &str {
        self.vendor_title()
    }

    fn request(&self, call: &CallName, scope: &Scope) -> Result<HttpRequest, RenderError> {
        Self::request(self, call, scope)
    }

    fn is_repeatable(&self, call: &CallName) -> bool {
        Self::is_repeatable(self, call)
    }

    fn takes_anything(&self, call: &CallName) -> bool {
        Self::takes_anything(self, call)
    }

    fn only_reads(&self, call: &CallName) -> bool {
        Self::only_reads(self, call)
    }

    fn judge(&self, call: &CallName, request: &HttpRequest, answer: &HttpAnswer) -> Verdict {
        Self::judge(self, call, request, answer)
    }

    fn question(&self, call: &CallName, verdict: &Verdict, status: u16) -> Option<Question> {
        Self::question(self, call, &verdict.rule, status)
    }

    fn wait(&self, call: &CallName, verdict: &Verdict, answer: &HttpAnswer) -> Option<Wait> {
        Self::wait_in(self, call, &verdict.rule, answer)
    }

    fn finds(&self, call: &CallName, answer: &HttpAnswer) -> bool {
        Self::finds(self, call, answer)
    }
}

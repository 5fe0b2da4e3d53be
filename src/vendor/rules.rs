//! What a call under way asks the mapping: how a request looks and what an answer means. A seam, so that the pipeline
//! can be tested without a mapping file.

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
    /// What an answer means.
    fn judge(&self, call: &CallName, request: &HttpRequest, answer: &HttpAnswer) -> Verdict;
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

    fn judge(&self, call: &CallName, request: &HttpRequest, answer: &HttpAnswer) -> Verdict {
        Self::judge(self, call, request, answer)
    }
}

//! An answer with two meanings: the vendor is asked which one holds. The rule that asks is the mapping's.

use super::{HttpVendor, Outcome};
use crate::mapping::bound::{CallName, Scope};
use crate::mapping::model::Meaning;
use crate::vendor::{CallContext, CallFailure, Vendor as _};

impl HttpVendor {
    /// Gives an outcome the meaning that holds, when its rule asks for it.
    ///
    /// # Errors
    /// When the question is not answered: what the answer means is not known then, but that the vendor did not do it is.
    pub(super) async fn resolve(
        &self,
        call: &CallName,
        outcome: &mut Outcome,
        scope: &Scope,
        context: &CallContext,
    ) -> Result<(), CallFailure> {
        let question = outcome.status.and_then(|status| self.rules.question(call, &outcome.verdict, status));
        let Some(question) = question else { return Ok(()) };
        let scope = Scope { key: scope.key.clone(), ..Scope::default() };
        let is_found = match self.call(&question.ask, &scope, context).await {
            Ok(answered) => self.rules.finds(&question.ask, &answered.answer),
            Err(failure) if failure.verdict.meaning == Meaning::NotFound => false,
            Err(failure) => return Err(failure),
        };
        if !is_found {
            outcome.verdict.meaning = question.otherwise;
            outcome.verdict.say = question.say;
            outcome.verdict.field = None;
        }
        Ok(())
    }
}

//! Sign-ins count as calls: the vendor counts them, too, where its limit is for everything that comes from one client. Delays no sign-in.

use std::sync::Arc;

use async_trait::async_trait;

use super::super::permit::PermitDesk;
use super::super::send::{Credential, Prepared, SendError, Wire};
use crate::mapping::wire::HttpAnswer;

/// Sends as another wire does, and has each request counted.
#[derive(Debug)]
pub(super) struct Counted {
    wire: Arc<dyn Wire>,
    desk: Arc<PermitDesk>,
}

impl Counted {
    /// Counted at this desk.
    pub(super) fn new(wire: Arc<dyn Wire>, desk: Arc<PermitDesk>) -> Self {
        Self { wire, desk }
    }
}

#[async_trait]
impl Wire for Counted {
    async fn send(&self, request: &Prepared, credential: Option<&Credential>) -> Result<HttpAnswer, SendError> {
        let _counted = self.desk.charge();
        self.wire.send(request, credential).await
    }
}

//! What credentials are built from, and where sign-ins go. Reads no secret and sends nothing.

use std::sync::Arc;

use super::values::segments;
use crate::clock::SharedClock;
use crate::ids::ConnectionName;
use crate::mapping::bound::hosts::placeholder;
use crate::mapping::tree::Tree;
use crate::vendor::hosts::Hosts;
use crate::vendor::secrets::Secrets;
use crate::vendor::send::Wire;

/// What credentials are built from.
#[derive(Debug)]
pub(in crate::vendor) struct Parts {
    /// Whose.
    pub(in crate::vendor) connection: ConnectionName,
    /// The vendor's name as people write it.
    pub(in crate::vendor) title: String,
    /// Scheme, host and port of the API, when it is the same for every call.
    pub(in crate::vendor) origin: Option<url::Url>,
    /// The service whose host serves calls that name none.
    pub(in crate::vendor) host: Option<String>,
    /// Where the hosts are that the vendor names at run time.
    pub(in crate::vendor) hosts: Arc<Hosts>,
    /// The secrets.
    pub(in crate::vendor) secrets: Arc<Secrets>,
    /// What sends sign-ins.
    pub(in crate::vendor) wire: Arc<dyn Wire>,
    /// For dates in answers to sign-ins, and the time in signatures.
    pub(in crate::vendor) clock: SharedClock,
}

impl Parts {
    /// The address of a sign-in, still with the name of its host where the vendor says at run time which one that is.
    ///
    /// # Errors
    /// When it is incomplete.
    pub(super) fn address(&self, host: Option<&str>, own: Option<&str>, path: &[Tree]) -> Result<String, String> {
        let segments = segments(path, &self.secrets)?;
        let own = own.map(|own| url::Url::parse(own).map_err(|error| format!("{own} is not an address: {error}")));
        let origin = own.transpose()?.or_else(|| self.origin.clone());
        // a stand-in puts the segments together (RFC 2606 section 2: nobody has that host)
        let is_named = host.is_some() || origin.is_none();
        let mut url = match &origin {
            Some(origin) if !is_named => origin.clone(),
            _ => url::Url::parse("https://host.invalid").map_err(|error| error.to_string())?,
        };
        url.path_segments_mut()
            .map_err(|()| "the API's address cannot have a path".to_owned())?
            .pop_if_empty()
            .extend(segments);
        if !is_named {
            return Ok(url.into());
        }
        let service = host.or(self.host.as_deref()).ok_or("api.sign_in names no host, and there is no api.base_url")?;
        Ok(format!("{}{}", placeholder(service), url.path()))
    }
}

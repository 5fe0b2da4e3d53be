//! What a request can be refused for before a person is touched. What status that is, says [`super::problem`].

use jiff::Timestamp;

impl InboundError {
    /// There is no resource or document of this kind with this id.
    pub(super) fn unknown(kind: &str, id: &str) -> Self {
        Self::UnknownDocument { kind: kind.to_owned(), id: id.chars().take(200).collect() }
    }
}

/// A refusal by the HTTP side itself.
#[derive(Debug, thiserror::Error)]
pub enum InboundError {
    /// Nothing lives at this address.
    #[error("there is nothing at {path}; SCIM addresses are /scim/v2/CONNECTION/Users and so on, letter case matters")]
    UnknownAddress {
        /// Path as asked for.
        path: String,
    },
    /// Another version of the protocol than 2 (RFC 7644 section 3.13).
    #[error("this server speaks SCIM version 2 only: the base URL is /scim/v2/CONNECTION, not {path}")]
    UnsupportedVersion {
        /// Path as asked for.
        path: String,
    },
    /// No such entry in a collection that is not in the store.
    #[error("there is no {kind} {id} here")]
    UnknownDocument {
        /// `schema`, `resource type`, or the name of a resource type.
        kind: String,
        /// As asked for.
        id: String,
    },
    /// The address does not know this method.
    #[error("{method} is not possible here, only {allow}")]
    MethodNotAllowed {
        /// As sent.
        method: String,
        /// Value of `Allow`.
        allow: &'static str,
    },
    /// A part of the protocol that this server does not offer.
    #[error("{what} is not offered by this server; trying again cannot help")]
    NotOffered {
        /// Which part.
        what: &'static str,
    },
    /// No credential was sent.
    #[error("no credential was sent: the request needs the header `Authorization: Bearer TOKEN`")]
    NoCredential,
    /// The credential is not one of this connection's; also when the connection does not exist, so that nobody can search for names.
    #[error(
        "the token is not valid for this SCIM base URL: check the connection's name in the URL and the token in the IdP"
    )]
    WrongCredential,
    /// The right credential, too late.
    #[error("the token `{name}` expired at {at}: make a new one and enter it in the IdP")]
    ExpiredCredential {
        /// Name of the token.
        name: String,
        /// When.
        at: Timestamp,
    },
    /// Too many requests of one credential (`inbound.rate`).
    #[error(
        "the token `{name}` makes more requests than the connection's `inbound.rate` allows; ask again in {retry_after_seconds} s"
    )]
    TooManyRequests {
        /// Name of the token.
        name: String,
        /// Whole seconds, at least 1.
        retry_after_seconds: u64,
    },
    /// The body has another type than SCIM's.
    #[error("the request's Content-Type is {found}, but it must be application/scim+json or application/json")]
    MediaType {
        /// As sent.
        found: String,
    },
    /// The body is compressed.
    #[error("the request's Content-Encoding is {found}, but bodies must come uncompressed")]
    ContentEncoding {
        /// As sent.
        found: String,
    },
    /// The body is larger than the cap.
    #[error("the request is larger than {limit} bytes, the most that this server reads; trying again cannot help")]
    TooLarge {
        /// The cap, in bytes.
        limit: usize,
    },
    /// The JSON is nested too deeply.
    #[error("the request's JSON is nested more than {limit} levels deep, no SCIM resource is")]
    TooDeep {
        /// The cap, in levels.
        limit: usize,
    },
    /// The body is no JSON.
    #[error("the request's body is not JSON: {problem}")]
    BrokenJson {
        /// What the parser says, with line and column. Never a part of the body.
        problem: String,
    },
    /// The body did not arrive in time.
    #[error("the request's body did not arrive within {seconds} s")]
    SlowBody {
        /// The cap, in seconds.
        seconds: u64,
    },
    /// The connection broke while the body arrived.
    #[error("the request's body broke off before its end")]
    BrokenBody,
    /// A parameter of a query string or of a SearchRequest has no sense.
    #[error("the parameter {name} {problem}")]
    Parameter {
        /// Which.
        name: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A cursor that is none, or that belongs to another query.
    #[error(
        "the cursor is not one of this list: repeat filter and order of the first page, or begin again with an empty cursor"
    )]
    Cursor,
    /// A page size that is none, in a request with a cursor.
    #[error("the parameter count must be a whole number")]
    Count,
    /// `filter` cannot be read at all (not UTF-8, given twice).
    #[error("the parameter filter {problem}")]
    Filter {
        /// What is wrong with it.
        problem: String,
    },
    /// `/Me`, for a token whose person is not here.
    #[error("the configuration says that this token acts for {user_name} (`me`), but there is no such person here")]
    NobodyIsMe {
        /// userName beside the token.
        user_name: String,
    },
    /// `filter` on a discovery collection (RFC 7644 section 4).
    #[error("filters are not possible on {what}")]
    FilteredDiscovery {
        /// Which collection.
        what: &'static str,
    },
    /// Nothing answered in time, not even with the promise to go on.
    #[error(
        "the bridge did not find an answer in time; whatever was begun goes on, ask again in {retry_after_seconds} s"
    )]
    Overdue {
        /// Whole seconds, at least 1.
        retry_after_seconds: u64,
    },
    /// A defect of the bridge.
    #[error("the bridge failed on this request; its operator finds the cause in the log under request id {request_id}")]
    Panicked {
        /// Where to look.
        request_id: String,
    },
}

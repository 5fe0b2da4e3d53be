//! What can be wrong with a bulk, or with one operation because of the others. What status that is, says `problem`.

/// A refusal that only bulks know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BulkError {
    /// More operations than one bulk may have.
    #[error("the bulk has {count} operations, this server takes at most {limit} in one request; send them in several")]
    TooMany {
        /// As sent.
        count: usize,
        /// The cap.
        limit: usize,
    },
    /// The message or an operation has not the form of RFC 7644 section 3.7.
    #[error("{0}")]
    Malformed(String),
    /// The path of an operation names no resource.
    #[error("{path} is no path for {method} in a bulk; write /Users, /Groups, /Users/ID or /Groups/ID")]
    Path {
        /// As sent.
        method: String,
        /// As sent, in part.
        path: String,
    },
    /// Two operations have the same `bulkId`.
    #[error("the bulkId {bulk_id} is that of an earlier operation already, give each its own")]
    Repeated {
        /// As sent.
        bulk_id: String,
    },
    /// A reference to an operation that is not there.
    #[error("no operation in this bulk has the bulkId {bulk_id}")]
    Unknown {
        /// As referred to.
        bulk_id: String,
    },
    /// What the operation refers to was not made.
    #[error("not done, because the operation with the bulkId {bulk_id}, to which this one refers, failed")]
    Unmet {
        /// As referred to.
        bulk_id: String,
    },
    /// Operations refer to each other, and none can be done without its reference.
    #[error(
        "the operations refer to each other in a circle through {bulk_id}, in an attribute that cannot be left out at first"
    )]
    Circle {
        /// A reference in the circle.
        bulk_id: String,
    },
    /// A group is to have another group of the same bulk as a member.
    #[error(
        "members: groups in groups are not supported (bulkId:{bulk_id}); push the group with its people as direct members"
    )]
    Nested {
        /// As referred to.
        bulk_id: String,
    },
    /// Made in a circle, and the bulk ended before the references had their turn.
    #[error("the resource was created as {location}, but its references were not set: the bulk had too many failures")]
    Incomplete {
        /// Where it is.
        location: String,
    },
    /// The time of the whole bulk was over before this operation had its turn.
    #[error("not begun, because the time for this bulk was over; send this operation again")]
    NotBegun,
}

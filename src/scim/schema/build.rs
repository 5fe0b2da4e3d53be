//! Short ways to write an attribute definition down. Fills in the defaults of RFC 7643 section 2.2.

use super::{Attribute, AttributeType, Mutability, Returned, Uniqueness};

impl Attribute {
    /// An attribute with the defaults of RFC 7643 section 2.2: optional, single-valued, letter case ignored, readWrite, returned by
    /// default, not unique.
    pub fn new(name: &str, kind: AttributeType, description: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            multi_valued: false,
            description: description.to_owned(),
            required: false,
            canonical_values: Vec::new(),
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            reference_types: Vec::new(),
            sub_attributes: Vec::new(),
        }
    }

    /// A text.
    pub fn string(name: &str, description: &str) -> Self {
        Self::new(name, AttributeType::String, description)
    }

    /// `true` or `false`.
    pub fn boolean(name: &str, description: &str) -> Self {
        Self::new(name, AttributeType::Boolean, description)
    }

    /// A reference to one of `targets` (`external`, `uri`, or names of resource types).
    pub fn reference(name: &str, targets: &[&str], description: &str) -> Self {
        Self { reference_types: owned(targets), ..Self::new(name, AttributeType::Reference, description) }
    }

    /// An object with these sub-attributes.
    pub fn complex(name: &str, sub_attributes: Vec<Self>, description: &str) -> Self {
        Self { sub_attributes, ..Self::new(name, AttributeType::Complex, description) }
    }

    /// Must have a value.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Has several values.
    #[must_use]
    pub fn multi_valued(mut self) -> Self {
        self.multi_valued = true;
        self
    }

    /// Letter case matters.
    #[must_use]
    pub fn case_exact(mut self) -> Self {
        self.case_exact = true;
        self
    }

    /// With this mutability.
    #[must_use]
    pub fn mutability(mut self, mutability: Mutability) -> Self {
        self.mutability = mutability;
        self
    }

    /// Returned under this rule.
    #[must_use]
    pub fn returned(mut self, returned: Returned) -> Self {
        self.returned = returned;
        self
    }

    /// Unique in this range.
    #[must_use]
    pub fn unique(mut self, uniqueness: Uniqueness) -> Self {
        self.uniqueness = uniqueness;
        self
    }

    /// With these suggested values.
    #[must_use]
    pub fn canonical(mut self, values: &[&str]) -> Self {
        self.canonical_values = owned(values);
        self
    }
}

/// The usual sub-attributes of a multi-valued attribute (RFC 7643 section 2.4): the value, `display`, `type` and `primary`.
pub(super) fn plural(name: &str, value: Attribute, types: &[&str], description: &str) -> Attribute {
    let sub_attributes = vec![
        value,
        Attribute::string("display", "A name for people, for display only."),
        Attribute::string("type", "A label for the kind of value.").canonical(types),
        primary(),
    ];
    Attribute::complex(name, sub_attributes, description).multi_valued()
}

/// `primary` (RFC 7643 section 2.4).
pub(super) fn primary() -> Attribute {
    Attribute::boolean("primary", "Whether this is the preferred value. At most one value is the primary one.")
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

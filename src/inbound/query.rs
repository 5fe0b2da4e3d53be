//! Query strings in every form in which IdPs write them. Unknown parameters are ignored (RFC 7644 section 3.4.2: think of
//! `aadOptscim062020`); nothing here knows what a filter means.

use percent_encoding::percent_decode;

use super::error::InboundError;
use crate::scim::filter::AttrPath;
use crate::scim::schema::{Named, ResourceType};
use crate::store::Sort;

/// Page size when the client asks for none.
pub const DEFAULT_COUNT: u64 = 100;
/// Largest page; larger wishes are cut to it. Advertised as `filter.maxResults`.
pub const MAX_COUNT: u64 = 1000;
/// Largest `startIndex`; larger ones mean "beyond the end" anyway, and the store counts with 63 bits.
const MAX_START_INDEX: u64 = 1 << 53;

/// The query parameters that SCIM knows and we use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// `filter`, decoded once.
    pub filter: Option<String>,
    /// `attributes`.
    pub attributes: Option<String>,
    /// `excludedAttributes`.
    pub excluded_attributes: Option<String>,
    /// `startIndex`, at least 1 (RFC 7644 section 3.4.2.4).
    pub start_index: u64,
    /// `count`, cut to [`MAX_COUNT`]; negative ones are 0.
    pub count: u64,
    /// `cursor` (RFC 9865); an empty one asks for the first page. It goes before `startIndex`.
    pub cursor: Option<String>,
    /// `sortBy`.
    pub sort_by: Option<String>,
    /// `sortOrder` is `descending`; any other word means ascending.
    pub is_descending: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            filter: None,
            attributes: None,
            excluded_attributes: None,
            start_index: 1,
            count: DEFAULT_COUNT,
            cursor: None,
            sort_by: None,
            is_descending: false,
        }
    }
}

impl Parameters {
    /// Reads a query string as it stands in the URL, without the `?`.
    ///
    /// # Errors
    /// What is not UTF-8, and what [`Parameters::take`] refuses.
    pub fn read(query: &str) -> Result<Self, InboundError> {
        let mut read = Self::default();
        // OneLogin sends `…&` and `…?`.
        for pair in query.trim_matches(['&', '?']).split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = known(name) else { continue };
            let problem = || "is not UTF-8".to_owned();
            let value = decode(value).ok_or_else(|| match name {
                "filter" => InboundError::Filter { problem: problem() },
                name => InboundError::Parameter { name, problem: problem() },
            })?;
            if let Err(refused) = read.take(name, value) {
                // RFC 9865 section 3.1 has a word of its own for page sizes beside a cursor.
                let is_paged = name == "count" && query.to_ascii_lowercase().contains("cursor=");
                return Err(if is_paged { InboundError::Count } else { refused });
            }
        }
        Ok(read)
    }

    /// Takes one parameter, from a query string or from a SearchRequest (RFC 7644 section 3.4.3). Names that are not known are ignored.
    ///
    /// # Errors
    /// A page number that is no number; a filter that is given twice, because it must never be guessed.
    pub fn take(&mut self, name: &str, value: String) -> Result<(), InboundError> {
        match known(name) {
            Some("filter") => {
                if self.filter.is_some() {
                    return Err(InboundError::Filter { problem: "is given twice".to_owned() });
                }
                self.filter = Some(value);
            }
            Some(name @ "startIndex") => {
                if let Some(number) = whole_number(name, &value)? {
                    self.start_index = u64::try_from(number).unwrap_or(1).clamp(1, MAX_START_INDEX);
                }
            }
            Some(name @ "count") => {
                if let Some(number) = whole_number(name, &value)? {
                    self.count = u64::try_from(number).unwrap_or(0).min(MAX_COUNT);
                }
            }
            Some("cursor") => self.cursor = Some(value.trim().to_owned()),
            Some("sortBy") => self.sort_by = names(value),
            Some("sortOrder") => self.is_descending = value.trim().eq_ignore_ascii_case("descending"),
            Some("attributes") => self.attributes = names(value),
            Some("excludedAttributes") => self.excluded_attributes = names(value),
            _ => {}
        }
        Ok(())
    }

    /// The order that is asked for (RFC 7644 section 3.4.2.3).
    ///
    /// # Errors
    /// When `sortBy` names nothing that has an order: an attribute that nobody defines, or a whole schema.
    pub fn sort(&self, resource_type: &ResourceType) -> Result<Option<Sort>, InboundError> {
        let Some(text) = &self.sort_by else { return Ok(None) };
        let refuse = |problem: String| InboundError::Parameter { name: "sortBy", problem };
        match resource_type.resolve(text.trim()) {
            Ok(Named::Attribute(found, sub)) => {
                let by = AttrPath {
                    urn: found.urn.map(str::to_owned),
                    name: found.attribute.name.clone(),
                    sub: sub.map(|sub| sub.attribute.name.clone()),
                };
                Ok(Some(Sort { by, descending: self.is_descending }))
            }
            Ok(Named::Core | Named::Extension { .. }) => Err(refuse("names a schema, not an attribute".to_owned())),
            Err(undefined) => Err(refuse(format!("cannot be used: {undefined}"))),
        }
    }
}

/// The parameters that [`Parameters`] reads.
const KNOWN: [&str; 8] =
    ["filter", "startIndex", "count", "cursor", "sortBy", "sortOrder", "attributes", "excludedAttributes"];

/// A parameter's name in the RFC's spelling; `None` for those that are ignored.
pub fn known(name: &str) -> Option<&'static str> {
    KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(name))
}

/// Decodes exactly once: `+` and `%20` are spaces, `%2B` is a plus.
fn decode(value: &str) -> Option<String> {
    let spaced = value.replace('+', " ");
    percent_decode(spaced.as_bytes()).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// A list of names; an empty one is none.
fn names(text: String) -> Option<String> {
    (!text.trim().is_empty()).then_some(text)
}

/// A whole number of any size; an empty value is none.
fn whole_number(name: &'static str, value: &str) -> Result<Option<i64>, InboundError> {
    let text = value.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(InboundError::Parameter { name, problem: "must be a whole number".to_owned() });
    }
    let bound = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Ok(Some(text.parse().unwrap_or(bound)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter_of(query: &str) -> Option<String> {
        Parameters::read(query).unwrap().filter
    }

    #[test]
    fn plus_and_percent_20_are_spaces_and_percent_2b_is_a_plus() {
        assert_eq!(filter_of("filter=userName+eq+%22a%2Bb%40x%22").as_deref(), Some(r#"userName eq "a+b@x""#));
        assert_eq!(filter_of("filter=userName%20eq%20%22a%22").as_deref(), Some(r#"userName eq "a""#));
    }

    #[test]
    fn values_are_decoded_once() {
        assert_eq!(filter_of("filter=userName+eq+%22100%2525%22").as_deref(), Some(r#"userName eq "100%25""#));
        assert_eq!(filter_of("filter=userName+eq+%22100%%22").as_deref(), Some(r#"userName eq "100%""#));
    }

    #[test]
    fn raw_quotes_stay() {
        assert_eq!(filter_of(r#"filter=userName+eq+"a""#).as_deref(), Some(r#"userName eq "a""#));
    }

    #[test]
    fn an_equals_sign_in_a_value_stays() {
        assert_eq!(filter_of(r#"filter=userName eq "a=b""#).as_deref(), Some(r#"userName eq "a=b""#));
    }

    #[test]
    fn trailing_ampersands_and_question_marks_are_ignored() {
        assert_eq!(filter_of("filter=userName+eq+%22x%22&").as_deref(), Some(r#"userName eq "x""#));
        assert_eq!(Parameters::read("startIndex=3&count=5?").unwrap().count, 5);
        assert_eq!(Parameters::read("?").unwrap(), Parameters::default());
    }

    #[test]
    fn unknown_parameters_are_ignored() {
        let read = Parameters::read("aadOptscim062020&sortBy=userName&startIndex=2&count=7&x=%ff").unwrap();
        assert_eq!((read.start_index, read.count), (2, 7));
    }

    #[test]
    fn page_numbers_are_brought_into_range() {
        for (query, start_index, count) in [
            ("", 1, 100),
            ("startIndex=0&count=0", 1, 0),
            ("startIndex=-4&count=-1", 1, 0),
            ("startIndex=&count=", 1, 100),
            ("startIndex=999999999999999999999999&count=999999999999999999999999", MAX_START_INDEX, 1000),
            ("startIndex=-999999999999999999999999&count=-999999999999999999999999", 1, 0),
            ("STARTINDEX=5&Count=1001", 5, 1000),
        ] {
            let read = Parameters::read(query).unwrap();
            assert_eq!((read.start_index, read.count), (start_index, count), "{query}");
        }
    }

    #[test]
    fn a_page_number_that_is_no_number_is_refused() {
        assert!(matches!(Parameters::read("count=ten"), Err(InboundError::Parameter { name: "count", .. })));
        assert!(matches!(Parameters::read("startIndex=1.5"), Err(InboundError::Parameter { name: "startIndex", .. })));
    }

    #[test]
    fn a_filter_is_never_guessed() {
        assert!(matches!(Parameters::read("filter=a&filter=b"), Err(InboundError::Filter { .. })));
        assert!(matches!(Parameters::read("filter=%ff"), Err(InboundError::Filter { .. })));
        assert_eq!(filter_of("filter=").as_deref(), Some(""), "an empty filter is for the parser to refuse");
    }

    #[test]
    fn attribute_lists_are_decoded() {
        let read =
            Parameters::read("attributes=userName,emails%5Btype%20eq%20%22work%22%5D&excludedAttributes=").unwrap();
        assert_eq!(read.attributes.as_deref(), Some(r#"userName,emails[type eq "work"]"#));
        assert_eq!(read.excluded_attributes, None);
    }
}

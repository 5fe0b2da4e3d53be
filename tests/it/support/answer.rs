//! An HTTP answer, ready to be asserted on.

use serde_json::Value;

/// An answer of the bridge.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
    /// The body as JSON; `null` when there is none.
    pub body: Value,
    request: String,
}

impl Answer {
    pub async fn read(request: String, response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let text = response.text().await.unwrap_or_default();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status, headers, text, body, request }
    }

    /// An answer as it came over the wire.
    pub fn parse(request: String, bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, text) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{request}: no head in {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("{request}: no status in {head:?}"));
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        let body = serde_json::from_str(text).unwrap_or(Value::Null);
        Self { status, headers, text: text.to_owned(), body, request }
    }

    /// Asserts the status and hands the answer on.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} answered {}: {}", self.request, self.status, self.text);
        self
    }

    /// Asserts a SCIM error (RFC 7644 section 3.12) with this status and `scimType` (`""`: none).
    #[track_caller]
    #[expect(clippy::wrong_self_convention, reason = "it hands the answer on, as `is` does")]
    pub fn is_error(self, status: u16, scim_type: &str) -> Self {
        let answer = self.is(status);
        let shown = &answer.text;
        assert_eq!(answer.header("content-type"), Some("application/scim+json"), "{shown}");
        assert_eq!(
            answer.body["schemas"],
            serde_json::json!(["urn:ietf:params:scim:api:messages:2.0:Error"]),
            "{shown}"
        );
        assert_eq!(answer.body["status"], serde_json::json!(status.to_string()), "{shown}");
        assert_eq!(answer.body["scimType"].as_str().unwrap_or_default(), scim_type, "{shown}");
        assert!(!answer.detail().is_empty(), "an error says what happened: {shown}");
        answer
    }

    /// `detail` of a SCIM error.
    pub fn detail(&self) -> &str {
        self.body["detail"].as_str().unwrap_or_default()
    }

    /// Asserts that the error sentence contains this.
    #[track_caller]
    pub fn says(self, part: &str) -> Self {
        assert!(self.detail().contains(part), "{part:?} is not in {:?}", self.detail());
        self
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(has, _)| has == name).map(|(_, value)| value.as_str())
    }

    /// `id` of a resource.
    #[track_caller]
    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id in {}", self.text)).to_owned()
    }

    /// `Resources` of a list.
    #[track_caller]
    pub fn resources(&self) -> &[Value] {
        self.body["Resources"].as_array().unwrap_or_else(|| panic!("no Resources in {}", self.text))
    }

    /// Ids of the members of a group, in the order of the answer.
    pub fn members(&self) -> Vec<&str> {
        let members = self.body["members"].as_array().into_iter().flatten();
        members.map(|member| member["value"].as_str().unwrap_or_else(|| panic!("no id in {member}"))).collect()
    }
}

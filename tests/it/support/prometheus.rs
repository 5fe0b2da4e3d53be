//! Prometheus' text form, read strictly: what a scraper would refuse makes a test fail.

use std::collections::{BTreeMap, BTreeSet};

/// One sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

/// Everything that was exposed at one moment.
#[derive(Debug, Default)]
pub struct Metrics {
    pub samples: Vec<Sample>,
    /// Type by family.
    pub types: BTreeMap<String, String>,
}

impl Metrics {
    /// Reads a text; panics when it is not valid.
    #[track_caller]
    pub fn read(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line ends with a line break");
        let (mut metrics, mut helps) = (Self::default(), BTreeSet::new());
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, said) = help.split_once(' ').expect("HELP has a text");
                assert!(helps.insert(name.to_owned()) && !said.is_empty(), "{line}");
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').expect("TYPE has a word");
                assert!(["counter", "gauge", "histogram", "summary"].contains(&kind), "{line}");
                assert_eq!(metrics.types.insert(name.to_owned(), kind.to_owned()), None, "{line}");
            } else {
                let sample = sample(line);
                let family = metrics.family(&sample.name).unwrap_or_else(|| panic!("no TYPE before {line}"));
                assert!(helps.contains(&family), "no HELP before {line}");
                let is_new = !metrics.samples.iter().any(|s| s.name == sample.name && s.labels == sample.labels);
                assert!(is_new, "twice: {line}");
                metrics.samples.push(sample);
            }
        }
        metrics.check_histograms();
        metrics
    }

    /// The family of a sample: its name without what a histogram adds.
    pub fn family(&self, name: &str) -> Option<String> {
        let stems = ["_bucket", "_sum", "_count"].iter().filter_map(|end| name.strip_suffix(end));
        std::iter::once(name).chain(stems).find(|stem| self.types.contains_key(*stem)).map(str::to_owned)
    }

    /// Sum of all samples of that name with these labels among theirs.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let fits = |sample: &&Sample| {
            sample.name == name
                && labels.iter().all(|(label, value)| sample.labels.get(*label).is_some_and(|has| has == value))
        };
        self.samples.iter().filter(fits).map(|sample| sample.value).sum()
    }

    /// Values of a label over all samples.
    pub fn values(&self, label: &str) -> BTreeSet<&str> {
        self.samples.iter().filter_map(|sample| sample.labels.get(label)).map(String::as_str).collect()
    }

    /// Buckets grow, and the last one counts everything.
    #[track_caller]
    fn check_histograms(&self) {
        for (family, _) in self.types.iter().filter(|(_, kind)| *kind == "histogram") {
            let mut series: BTreeMap<BTreeMap<String, String>, Vec<(f64, f64)>> = BTreeMap::new();
            for sample in self.samples.iter().filter(|sample| sample.name == format!("{family}_bucket")) {
                let mut labels = sample.labels.clone();
                let le = labels.remove("le").expect("a bucket has a bound");
                series.entry(labels).or_default().push((le.parse().expect("a number"), sample.value));
            }
            assert!(!series.is_empty(), "{family} has no buckets");
            for (labels, buckets) in series {
                assert!(buckets.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1), "{family} {labels:?}: {buckets:?}");
                let (bound, count) = *buckets.last().expect("a bucket");
                let whole = self
                    .samples
                    .iter()
                    .find(|sample| sample.name == format!("{family}_count") && sample.labels == labels)
                    .expect("a count");
                assert!(bound.is_infinite() && (count - whole.value).abs() < 0.5, "{family} {labels:?}");
            }
        }
    }
}

/// `name{label="value",…} number`.
#[track_caller]
fn sample(line: &str) -> Sample {
    let (head, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value: {line}"));
    let value = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
    let (name, mut rest) = match head.split_once('{') {
        Some((name, rest)) => (name, rest.strip_suffix('}').unwrap_or_else(|| panic!("no end of labels: {line}"))),
        None => (head, ""),
    };
    let is_name = |text: &str| {
        !text.is_empty()
            && !text.starts_with(|c: char| c.is_ascii_digit())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    assert!(is_name(name), "{line}");
    let mut labels = BTreeMap::new();
    while !rest.is_empty() {
        let (label, behind) = rest.split_once("=\"").unwrap_or_else(|| panic!("no value of a label: {line}"));
        let (value, behind) = behind.split_once('"').unwrap_or_else(|| panic!("no end of a value: {line}"));
        assert!(is_name(label) && !value.contains(['\\', '\n']), "{line}");
        assert_eq!(labels.insert(label.to_owned(), value.to_owned()), None, "{line}");
        rest = behind.strip_prefix(',').unwrap_or(behind);
    }
    Sample { name: name.to_owned(), labels, value }
}

//! Writes a filter in the grammar of RFC 7644, so that parsing it again yields the same tree.

use std::fmt::{self, Display, Formatter};

use super::{AttrPath, Filter, Operator};

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(left, right) => {
                group(f, left, matches!(**left, Self::Or(..)))?;
                f.write_str(" and ")?;
                group(f, right, matches!(**right, Self::Or(..) | Self::And(..)))
            }
            Self::Or(left, right) => {
                write!(f, "{left} or ")?;
                group(f, right, matches!(**right, Self::Or(..)))
            }
            Self::Not(filter) => write!(f, "not ({filter})"),
            Self::Values { path, filter, then } => {
                write!(f, "{path}[{filter}]")?;
                match then {
                    Some(then) => write!(f, ".{} {} {}", then.0, then.1, then.2),
                    None => Ok(()),
                }
            }
            Self::Compare(path, operator, value) => write!(f, "{path} {operator} {value}"),
            Self::Present(path) => write!(f, "{path} pr"),
        }
    }
}

impl Display for AttrPath {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.urn {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.name)?;
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

impl Display for Operator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        })
    }
}

fn group(f: &mut Formatter<'_>, filter: &Filter, in_brackets: bool) -> fmt::Result {
    if in_brackets { write!(f, "({filter})") } else { write!(f, "{filter}") }
}

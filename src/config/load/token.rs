//! Inbound tokens in the configuration: their source, hash and last day.

use jiff::Timestamp;
use jiff::civil::Date;

use super::address::Wrong;

/// Reads 64 hexadecimal digits.
pub(super) fn sha256(text: &str) -> Result<[u8; 32], Wrong> {
    let wrong = || {
        Wrong::new(
            format!("expected 64 hexadecimal digits, found {} characters", text.chars().count()),
            "print the hash of a token with: printf %s TOKEN | sha256sum",
        )
    };
    let digits: Vec<u8> = text.chars().map_while(|c| u8::try_from(c.to_digit(16)?).ok()).collect();
    if digits.len() != 64 || text.len() != 64 {
        return Err(wrong());
    }
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] * 16 + pair[1]).collect();
    bytes.try_into().map_err(|_| wrong())
}

/// Reads the last day of validity (through its end, UTC), or a moment.
pub(super) fn expiry(text: &str) -> Result<Timestamp, Wrong> {
    if let Ok(day) = text.parse::<Date>()
        && text.len() == "2027-01-31".len()
    {
        return day
            .at(23, 59, 59, 999_999_999)
            .to_zoned(jiff::tz::TimeZone::UTC)
            .map(|end| end.timestamp())
            .map_err(|_| unreadable(text));
    }
    text.parse().map_err(|_| unreadable(text))
}

fn unreadable(text: &str) -> Wrong {
    Wrong::new(
        format!("`{text}` is no day"),
        "write the last day of validity as 2027-01-31, or a moment as 2027-01-31T12:00:00Z",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_valid_through_its_end() {
        let end = expiry("2027-01-31").unwrap();
        assert!(end > "2027-01-31T23:59:59Z".parse().unwrap());
        assert!(end < "2027-02-01T00:00:00Z".parse().unwrap());
        assert_eq!(expiry("2027-01-31T12:00:00+02:00").unwrap(), "2027-01-31T10:00:00Z".parse().unwrap());
        for wrong in ["2027-02-30", "31.01.2027", "soon", "2027-01", "2027-01-31T12:00:00", ""] {
            assert!(expiry(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_hash_is_64_hexadecimal_digits() {
        let hash = sha256("2BB80D537B1DA3E38BD30361AA855686bde0eacd7162fef6a25fe97bf527a25b").unwrap();
        assert_eq!((hash[0], hash[31]), (0x2b, 0x5b));
        for wrong in ["", "zz", &"a".repeat(63), &"a".repeat(65), &"é".repeat(32), &"g".repeat(64)] {
            assert!(sha256(wrong).is_err(), "{wrong}");
        }
    }
}

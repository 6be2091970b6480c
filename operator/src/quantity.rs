//! Kubernetes quantities, as far as the operator computes with them: bytes.

const UNITS: [(&str, u64); 8] = [
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("k", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
];

pub const MEBIBYTE: u64 = 1 << 20;

/// Bytes of a memory or storage quantity; `None` if it isn't one.
pub fn bytes(quantity: &str) -> Option<u64> {
    let (number, unit) = UNITS
        .iter()
        .find_map(|(suffix, factor)| Some((quantity.strip_suffix(suffix)?, *factor)))
        .unwrap_or((quantity, 1));
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(unit);
    }
    let value = number.parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0)?;
    // Fractions such as 1.5Gi; quantities of this size are exact in an f64.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    Some((value * unit as f64) as u64)
}

/// Whole mebibytes of a quantity, 0 if it isn't one.
pub fn mebibytes(quantity: &str) -> u64 {
    bytes(quantity).unwrap_or(0) / MEBIBYTE
}

/// True if both spell the same amount.
pub fn same(one: &str, other: &str) -> bool {
    one == other || thousandths(one).is_some_and(|amount| Some(amount) == thousandths(other))
}

fn thousandths(quantity: &str) -> Option<u64> {
    match quantity.strip_suffix('m') {
        Some(milli) => milli.parse().ok(),
        None => bytes(&format!("{quantity}k")).or_else(|| bytes(quantity)?.checked_mul(1000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_bytes() {
        assert_eq!(bytes("1Gi"), Some(1 << 30));
        assert_eq!(bytes("1.5Gi"), Some(3 << 29));
        assert_eq!(bytes("500M"), Some(500_000_000));
        assert_eq!(bytes("42"), Some(42));
        assert_eq!(bytes("lots"), None);
        assert_eq!(bytes("-1Gi"), None);
        assert_eq!(mebibytes("1Gi"), 1024);
    }

    #[test]
    fn spellings_of_an_amount_are_the_same() {
        assert!(same("0.5", "500m"));
        assert!(same("1024Mi", "1Gi"));
        assert!(same("2", "2000m"));
        assert!(!same("1Gi", "1G"));
        assert!(!same("a", "b"));
    }
}

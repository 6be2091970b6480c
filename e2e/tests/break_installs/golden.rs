//! Expected messages, of which some parts differ from cluster to cluster.

/// Whether `text` is like `pattern`, in which `*` stands for anything.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|start| text.strip_prefix(start)) else { return false };
    let mut rest = rest;
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        assert!(matches("exact", "exact") && !matches("exact", "exactly"));
        assert!(matches("a * c", "a bb c") && matches("*c", "abc") && matches("a*", "abc"));
        assert!(matches("a*b*c", "a-b-c") && !matches("a*b*c", "a-c"));
        assert!(!matches("a*ba", "a") && !matches("ab*bc", "abc"));
    }
}

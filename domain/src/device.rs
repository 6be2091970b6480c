//! A browser's short name out of its user agent, such as `Firefox on Linux`, for the list of sessions.
//!
//! Only well-known names are told apart: nobody decides anything by them. A crate that knows all of them brings a
//! database of patterns along, which is out of date as soon as it is built in.

/// What a session is called whose browser did not say what it is.
pub const UNKNOWN: &str = "Unknown device";

/// Marks of browsers with their names. The first that occurs counts: nearly all claim to be Chrome or Safari as well.
const BROWSERS: [(&str, &str); 14] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("Wget/", "Wget"),
];

/// Marks of systems with their names, the first that occurs counting: an Android claims to be a Linux as well, an iPhone
/// to be like a Mac.
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// The name of the browser that sends `user_agent`.
#[must_use]
pub fn name(user_agent: &str) -> String {
    match (find(&BROWSERS, user_agent), find(&SYSTEMS, user_agent)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(known), None) | (None, Some(known)) => known.to_owned(),
        (None, None) => UNKNOWN.to_owned(),
    }
}

fn find(known: &[(&str, &'static str)], user_agent: &str) -> Option<&'static str> {
    known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and the user agents that have them, line by line.
    const GOLDEN: &str = include_str!("../golden/devices.txt");

    #[test]
    fn devices_have_the_names_people_know() {
        let cases: Vec<_> = GOLDEN.lines().map(|line| line.split_once(" | ").unwrap()).collect();
        assert!(cases.len() > 15);
        for (expected, user_agent) in cases {
            assert_eq!(name(user_agent), expected, "{user_agent}");
        }
    }

    #[test]
    fn silence_and_noise_are_unknown() {
        for user_agent in ["", "-", "Mozilla/5.0", "\u{1f980}"] {
            assert_eq!(name(user_agent), UNKNOWN);
        }
    }
}

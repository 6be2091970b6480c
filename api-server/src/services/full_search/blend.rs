//! How many of each kind a mixed page shows: a fifth people, a fifth hashtags, the rest posts; what one kind
//! doesn't fill goes to the others.

/// Numbers of users, posts and hashtags out of what is there, together at most `limit`.
pub(super) fn blend(limit: usize, there: [usize; 3]) -> [usize; 3] {
    let fifth = (limit / 5).max(1).min(limit);
    let wanted = [fifth, limit.saturating_sub(2 * fifth), fifth];
    let mut quota = [0; 3];
    let mut left = limit;
    for (kind, wanted) in wanted.into_iter().enumerate() {
        quota[kind] = wanted.min(there[kind]).min(left);
        left -= quota[kind];
    }
    for kind in [1, 0, 2] {
        let more = (there[kind] - quota[kind]).min(left);
        quota[kind] += more;
        left -= more;
    }
    quota
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_page_is_twenty_sixty_twenty() {
        assert_eq!(blend(20, [21, 21, 21]), [4, 12, 4]);
        assert_eq!(blend(10, [50, 50, 50]), [2, 6, 2]);
    }

    #[test]
    fn what_one_kind_lacks_the_others_fill() {
        assert_eq!(blend(20, [1, 21, 21]), [1, 15, 4]);
        assert_eq!(blend(20, [21, 0, 2]), [18, 0, 2]);
        assert_eq!(blend(20, [21, 0, 0]), [20, 0, 0]);
        assert_eq!(blend(20, [2, 3, 1]), [2, 3, 1]);
    }

    #[test]
    fn small_pages_stay_small() {
        for limit in 1..=6 {
            assert_eq!(blend(limit, [9, 9, 9]).iter().sum::<usize>(), limit);
        }
    }
}

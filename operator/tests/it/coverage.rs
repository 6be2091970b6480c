//! `covers` for every object the operator renders, on what a real API server makes of it: true as applied, and false
//! after any change of what the operator set.

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt};
use phasma_operator::controller::build::object::{Kind, Object};
use phasma_operator::controller::covers::covers;

use crate::inventory::one;
use crate::mutation::{additions, mutations, put};
use crate::support::World;
use crate::variants;

const SIDE_BY_SIDE: usize = 16;

#[tokio::test]
async fn what_is_applied_is_covered_and_any_change_of_it_is_not() {
    let mut kinds = BTreeSet::new();
    for variant in variants::all() {
        let world = variant.settled().await;
        for object in variants::desired(&world).await {
            let live = one(&world, &object).await;
            let (what, desired) =
                (format!("{}: {:?} {}", variant.name, object.kind, object.name), &object.value);
            assert!(covers(&live, desired), "{what}: {live:#}\nwanted: {desired:#}");
            for mutation in mutations(&live, desired).iter().chain(&additions(desired)) {
                assert!(!covers(&mutation.apply(&live), desired), "{what}: {mutation:?} goes unnoticed");
            }
            kinds.insert(object.kind);
        }
    }
    assert_eq!(kinds, Kind::ALL.into(), "a kind without an object: add it to variants.rs");
}

/// What the API server lets others do is noticed, unless it put the wanted value back itself, as it does with a default
/// that was removed.
#[tokio::test]
async fn what_the_api_server_lets_others_change_is_noticed() {
    let mut admitted = 0;
    let mut seen = BTreeSet::new();
    for variant in [variants::everything(), variants::ingress()] {
        let world = &variant.settled().await;
        for object in variants::desired(world).await {
            if seen.insert(object.kind) {
                admitted += noticed(world, &object).await;
            }
        }
    }
    assert_eq!(seen, Kind::ALL.into(), "a kind without an object: add it to variants.rs");
    assert!(admitted > 100, "only {admitted}");
}

/// Number of changes that the API server let pass.
async fn noticed(world: &World, object: &Object) -> usize {
    let before = &one(world, object).await;
    let all = mutations(before, &object.value);
    let mut answers = stream::iter(&all)
        .map(|mutation| async move { (mutation, put(world, object, &mutation.apply(before), true).await) })
        .buffer_unordered(SIDE_BY_SIDE);
    let mut admitted = 0;
    while let Some((mutation, answer)) = answers.next().await {
        let Some(after) = answer else { continue };
        let restored = after.pointer(&mutation.at) == before.pointer(&mutation.at);
        let what = format!("{:?} {}: {mutation:?}", object.kind, object.name);
        assert_eq!(covers(&after, &object.value), restored, "{what}");
        admitted += 1;
    }
    admitted
}

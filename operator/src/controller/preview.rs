//! What would become of a resource if it were applied to a cluster now. Reads only.

use anyhow::Context as _;
use kube::api::Api;
use kube::{Client, ResourceExt};
use phasma_crds::{Phasma, labels};

use super::build::build;
use super::course;
use super::dereference::{Dereferenced, dereference};
use super::optional::withhold;
use super::plan::{self, Plan};
use super::revision::History;
use super::validate::{Invalid, validate};
use crate::catalogue::Catalogue;

/// The plan of a resource from a file.
pub async fn plan(client: &Client, phasma: Phasma, catalogue: &Catalogue) -> anyhow::Result<Plan> {
    let phasma = as_applied(client, phasma).await?;
    let dereferenced = dereference(client, &phasma).await?;
    // A pass would go on with what worked last; who asks for a plan wants to know why this can't be.
    let history = History::of(&dereferenced.live);
    course::asked(&phasma, &history, catalogue, dereferenced.is_rotating())
        .context("the resource is invalid")?;
    approved(&phasma, &dereferenced, catalogue).context("the resource is invalid")
}

/// The plan as if the version had been approved.
pub fn approved(
    phasma: &Phasma,
    dereferenced: &Dereferenced,
    catalogue: &Catalogue,
) -> Result<Plan, Invalid> {
    let mut phasma = phasma.clone();
    let version = phasma.spec.version.clone();
    phasma.annotations_mut().insert(labels::APPROVE.to_owned(), version);
    let platform = validate(&phasma, dereferenced, catalogue)?;
    let mut objects = build(&platform);
    withhold(&mut objects, &dereferenced.unusable);
    Ok(plan::plan(&objects, &dereferenced.live, &platform.owner.uid))
}

/// With the identity and the status of the resource of its name, if there is one.
async fn as_applied(client: &Client, mut phasma: Phasma) -> anyhow::Result<Phasma> {
    let namespace = phasma.namespace().unwrap_or_else(|| client.default_namespace().to_owned());
    let found = Api::<Phasma>::namespaced(client.clone(), &namespace).get_opt(&phasma.name_any()).await?;
    phasma.metadata.namespace = Some(namespace);
    phasma.metadata.uid = found.as_ref().and_then(ResourceExt::uid).or_else(|| Some(String::new()));
    phasma.status = found.and_then(|found| found.status);
    Ok(phasma)
}

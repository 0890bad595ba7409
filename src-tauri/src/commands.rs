//! What the window may call: one thin command per function of the api, and the few that are about the window itself. Must not
//! decide anything.

pub(crate) mod audit;
pub(crate) mod calendar;
pub(crate) mod checklists;
pub(crate) mod checks;
pub(crate) mod connections;
pub(crate) mod coordination;
pub(crate) mod deployments;
pub(crate) mod documents;
mod download;
pub(crate) mod gates;
pub(crate) mod host;
pub(crate) mod locks;
pub(crate) mod lookups;
pub(crate) mod overview;
pub(crate) mod pipelines;
pub(crate) mod practice;
pub(crate) mod products;
pub(crate) mod record;
pub(crate) mod releases;
pub(crate) mod rollbacks;
pub(crate) mod runbooks;
pub(crate) mod scheduling;
pub(crate) mod settings_files;
pub(crate) mod smoke;
pub(crate) mod uat;
pub(crate) mod unplanned;

//! What the form's requests share. Must not hold what a restart would miss.

use crate::limits::Limits;
use crate::rate::Buckets;
use crate::site::Site;
use pilothouse_domain::TesterId;
use pilothouse_engine::Engine;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;

pub(crate) struct Form {
    pub(crate) engine: Arc<Engine>,
    pub(crate) site: Site,
    pub(crate) limits: Limits,
    pub(crate) addresses: Buckets<IpAddr>,
    pub(crate) testers: Buckets<TesterId>,
    /// Bodies that are read at a time.
    pub(crate) uploads: Semaphore,
}

impl Form {
    pub(crate) fn new(engine: Arc<Engine>, site: Site, limits: Limits) -> Self {
        Self {
            engine,
            site,
            limits,
            addresses: Buckets::new(limits.each_address),
            testers: Buckets::new(limits.each_tester),
            uploads: Semaphore::new(limits.uploads),
        }
    }
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

//! The faults a person or a test can order, and the table of those in force. The places where they strike ask the table;
//! nothing strikes by itself.

mod fault;
mod operation;
mod order;
mod scope;
mod table;

pub use fault::Fault;
pub use operation::Operation;
pub use order::{Order, Times};
pub use scope::Scope;
pub use table::{ActiveFault, FaultId};
pub(crate) use table::{FaultTable, bare};

use std::sync::Arc;

use crate::error::RangeError;
use crate::fleet::Fleet;

/// Orders and clears faults while the range runs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Faults {
    table: Arc<FaultTable>,
    fleet: Arc<Fleet>,
}

impl Faults {
    pub(crate) fn new(table: Arc<FaultTable>, fleet: Arc<Fleet>) -> Self {
        Self { table, fleet }
    }

    /// Puts a fault in force from now on.
    ///
    /// # Errors
    /// [`RangeError::Order`] where it names an environment, instance or status that does not exist.
    pub fn order(&self, order: Order) -> Result<FaultId, RangeError> {
        order.check()?;
        if let Some((environment, number)) = order.fault.target() {
            self.fleet.instances_named(environment, number)?;
        }
        let fault = order.fault.clone();
        let id = self.table.add(order);
        if let Fault::CrashInstance { environment, instance } = fault {
            for instance in self.fleet.instances_named(&environment, Some(instance))? {
                instance.crash();
            }
        }
        Ok(id)
    }

    /// Ends a fault; a crashed instance comes back. `false`: it was not in force (any more).
    pub fn clear(&self, id: FaultId) -> bool {
        let Some(order) = self.table.remove(id) else {
            return false;
        };
        if let Fault::CrashInstance { environment, instance } = &order.fault {
            for instance in self.fleet.instances_named(environment, Some(*instance)).unwrap_or_default() {
                instance.recover();
            }
        }
        true
    }

    /// Ends every fault.
    pub fn clear_all(&self) {
        for fault in self.list() {
            self.clear(fault.id);
        }
    }

    /// What is in force, oldest order first.
    #[must_use]
    pub fn list(&self) -> Vec<ActiveFault> {
        self.table.list()
    }

    /// How often a fault has struck, also after it ended.
    #[must_use]
    pub fn hits(&self, id: FaultId) -> u64 {
        self.table.hits(id)
    }

    /// Waits until a fault has struck at least once.
    pub async fn struck(&self, id: FaultId) {
        self.table.struck(id).await;
    }
}

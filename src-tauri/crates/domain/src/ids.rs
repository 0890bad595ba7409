//! A type of its own for each entity's id, so that a release's id can't be handed in where a deployment's is asked for. Ids are
//! UUIDv7 (RFC 9562), made by a host's id source, never here.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with this UUID.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

id! {
    /// An account at a provider; also the name under which its secret lies in the keychain.
    ConnectionId,
    /// A product.
    ProductId,
    /// An environment of a product.
    EnvironmentId,
    /// A release of a product.
    ReleaseId,
    /// A deployment of a release to an environment.
    DeploymentId,
    /// A phase of a deployment. Also the correlation token of the run that the phase triggers.
    PhaseId,
    /// A vote on a release.
    ApprovalId,
    /// A health check.
    CheckId,
    /// A period of failing.
    IncidentId,
    /// A lock on an environment or product.
    LockId,
    /// A freeze or a change window.
    CalendarWindowId,
    /// An override of freezes.
    FreezeOverrideId,
    /// A start that is set for a time.
    ScheduledStartId,
    /// A release train.
    TrainId,
    /// A coordinated release.
    CoordinatedReleaseId,
    /// A coordinated release on its way to an environment.
    CoordinatedRunId,
    /// Something at a provider that waits for a person.
    GateId,
    /// A run that Pilothouse did not start.
    UnplannedRunId,
    /// A run by hand. Also its correlation token.
    ManualRunId,
    /// A checklist's template.
    ChecklistTemplateId,
    /// A checklist of a release.
    ChecklistId,
    /// An item of a checklist, the same in its template and in every checklist made from it.
    ChecklistItemId,
    /// A piece of evidence.
    EvidenceId,
    /// A smoke scenario.
    SmokeScenarioId,
    /// A run of a smoke scenario, or an imported report.
    SmokeRunId,
    /// A runbook of a product.
    RunbookId,
    /// A step of a runbook, the same in each of its publications and runs.
    RunbookStepId,
    /// A run of a runbook.
    RunbookRunId,
    /// A round of user acceptance testing.
    UatRoundId,
    /// A scenario of such rounds, the same in rounds that continue each other.
    UatScenarioId,
    /// Somebody who tests.
    TesterId,
    /// A tester's feedback.
    FeedbackId,
    /// Something that is written to a tracker about a feedback.
    ErrandId,
    /// A document of a product.
    DocumentId,
    /// A version of a document.
    DocumentVersionId,
    /// A course.
    CourseId,
    /// A session of a course.
    TrainingSessionId,
    /// What shows that somebody was trained.
    TrainingRecordId,
    /// The review of a release.
    ReviewId,
    /// Something to be done that a review came to.
    ReviewActionId,
}

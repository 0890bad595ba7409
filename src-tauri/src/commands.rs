//! What the window may call: one thin command per function of the api, and the few that are about the window itself. Must not
//! decide anything.

pub(crate) mod host;

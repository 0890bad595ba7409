//! What must hold between the GitHub adapter and any server, shown on canned answers: a mutating call goes out once whatever comes
//! back, the token goes nowhere else, reads are conditional and paged, and requests and answers match GitHub's own description.

pub(crate) mod canned;
mod delivery;
mod gates;
mod mutating;
mod reading;
mod requests;
mod secrets;
mod versions;
mod workflows;

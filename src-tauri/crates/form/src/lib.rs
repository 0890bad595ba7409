//! The feedback form: a few pages that invited testers answer in a browser, without script, over the engine's use cases.
//!
//! What comes in here comes from outside. It is admitted by a token that only the tester knows, for one round; a tester sees that round,
//! what they said themselves, and what they were answered. Everything is bounded: connections, requests, bytes, time.
//!
//! Must not: have a route beside its own, show anything of another round or tester, run or load anything in the browser but its own style,
//! or decide anything: the engine does.

mod admission;
mod device;
mod form;
mod guard;
mod limits;
mod markdown;
mod pages;
mod proxy;
mod rate;
mod routes;
mod server;
mod site;
mod upload;

pub use limits::Limits;
pub use rate::Rate;
pub use server::serve;

//! Tests of the product without its window: the wired host and the real programs, against the practice range.

mod by_hand;
mod crash;
mod elsewhere;
mod faults;
mod gates;
mod journey;
mod native;
mod publishing;
mod rig;
mod secrets;
mod unplanned;

//! Tests of the range.
